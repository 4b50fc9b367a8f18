#include "nudge/tflite/evaluator/graph_preparation.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/base/error.h"

namespace nudge::tflite {

GraphPreparation::GraphPreparation(SubGraph& graph, const std::string& name, Extent extent)
    : graph_(graph), name_(name), extent_(extent) {
  const size_t count = graph_.tensors.size();
  available_.assign(count, false);
  is_computed_.assign(count, false);
  for (size_t i = 0; i < count; ++i) {
    const TfLiteTensor& tensor = graph_.tensors[i];
    is_computed_[i] = tensor.is_variable && !tensor.is_constant();
    available_[i] = is_computed_[i] || tensor.is_constant() || element_count(tensor.shape) == 0;
  }
  for (const int32_t index : graph_.inputs) {
    available_[static_cast<size_t>(index)] = true;
    is_computed_[static_cast<size_t>(index)] = true;
  }
  prepare_all();
}

void GraphPreparation::prepare_all() {
  for (size_t i = 0; i < graph_.operators.size(); ++i) prepare_step(i);
  for (const int32_t index : graph_.outputs) {
    if (!available_[static_cast<size_t>(index)]) {
      throw InputError(fmt::format("{}: output {} is computed by no operator", name_, index));
    }
  }
  check_size();
  if (extent_ == Extent::kWhole) keep_constants();
  for (const size_t i : folded_) graph_.tensors[i].data.clear();
}

void GraphPreparation::keep_constants() {
  const size_t count = graph_.tensors.size();
  constants_.resize(count);
  for (size_t i = 0; i < count; ++i) {
    const TfLiteTensor& tensor = graph_.tensors[i];
    // Constants that no Array holds, of float16 say, are for kernels that read them from the file.
    if (!is_computed_[i] && available_[i] && has_data_type(tensor.type)) constants_[i] = to_array(tensor);
  }
}

void GraphPreparation::check_ends(const Operator& op, const Preparation& preparation) const {
  for (const int32_t index : op.inputs) {
    if (index >= 0 && !available_[static_cast<size_t>(index)]) {
      preparation.fail(fmt::format("its input {} is computed by no operator before it", index));
    }
  }
  for (const int32_t index : op.outputs) {
    const bool is_input = std::ranges::count(op.inputs, index) > 0;
    const bool twice = std::ranges::count(op.outputs, index) > 1;
    if (is_input || twice || graph_.tensors[static_cast<size_t>(index)].is_constant() ||
        is_computed_[static_cast<size_t>(index)]) {
      preparation.fail(fmt::format("its output {} has a value already", index));
    }
  }
}

void GraphPreparation::prepare_step(size_t i) {
  const Operator& op = graph_.operators[i];
  const bool from_constants = takes_constants(op);
  const Preparation preparation(graph_, op, fmt::format("{}: operator {} {}", name_, i, to_string(op.op)),
                                from_constants ? Extent::kWhole : extent_);
  check_ends(op, preparation);
  Kernel step = prepare_operator(preparation);
  const bool constant = from_constants && are_few(op);
  for (const int32_t index : op.outputs) {
    const auto output = static_cast<size_t>(index);
    available_[output] = true;
    if (!has_data_type(graph_.tensors[output].type))
      preparation.unsupported(to_string(graph_.tensors[output].type) + " values are not computed here");
    is_computed_[output] = !constant;
  }
  if (constant) {
    fold(op, step);
    folded_.insert(folded_.end(), op.outputs.begin(), op.outputs.end());
  } else if (extent_ == Extent::kWhole) {
    steps_.push_back(std::move(step));
  }
}

bool GraphPreparation::takes_constants(const Operator& op) const {
  return op.op == BuiltinOperator::kShape || op.op == BuiltinOperator::kRank ||
         std::ranges::all_of(op.inputs, [&](int32_t index) {
           return index < 0 || graph_.tensors[static_cast<size_t>(index)].is_constant();
         });
}

bool GraphPreparation::are_few(const Operator& op) const {
  constexpr double kMostBytes = 1 << 29;
  double bytes = folded_bytes_;
  for (const int32_t index : op.outputs) {
    const TfLiteTensor& tensor = graph_.tensors[static_cast<size_t>(index)];
    if (element_count(tensor.shape) == 0 || !has_data_type(tensor.type)) return false;
    bytes += static_cast<double>(size_of(data_type(tensor.type))) *
             static_cast<double>(element_count(tensor.shape));
  }
  return bytes <= kMostBytes;
}

void GraphPreparation::fold(const Operator& op, const Kernel& step) {
  Arrays arrays(graph_.tensors.size());
  for (const int32_t index : op.inputs) {
    if (index < 0) continue;
    const TfLiteTensor& tensor = graph_.tensors[static_cast<size_t>(index)];
    if (tensor.is_constant() && has_data_type(tensor.type))
      arrays[static_cast<size_t>(index)] = to_array(tensor);
  }
  for (const int32_t index : op.outputs) {
    const TfLiteTensor& tensor = graph_.tensors[static_cast<size_t>(index)];
    arrays[static_cast<size_t>(index)] = Array(tensor.shape, data_type(tensor.type));
  }
  step(arrays);
  for (const int32_t index : op.outputs) {
    const Array& array = arrays[static_cast<size_t>(index)];
    graph_.tensors[static_cast<size_t>(index)].data.assign(array.bytes(), array.bytes() + array.byte_size());
    folded_bytes_ += static_cast<double>(array.byte_size());
  }
}

void GraphPreparation::check_size() const {
  constexpr double kMostBytes = 16e9;
  double bytes = 0;
  for (size_t i = 0; i < graph_.tensors.size(); ++i) {
    const TfLiteTensor& tensor = graph_.tensors[i];
    if (!is_computed_[i]) continue;
    if (!has_data_type(tensor.type)) {
      throw UnsupportedError(
          fmt::format("{}: tensor {} is {}, which is not computed here", name_, i, to_string(tensor.type)));
    }
    auto here = static_cast<double>(size_of(data_type(tensor.type)));
    for (const int64_t size : tensor.shape) here *= static_cast<double>(size);
    bytes += here;
  }
  if (bytes > kMostBytes)
    throw InputError(fmt::format("{}: its tensors would take {:.0f} GB of memory", name_, bytes / 1e9));
}

}  // namespace nudge::tflite
