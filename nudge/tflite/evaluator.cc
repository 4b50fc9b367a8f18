#include "nudge/tflite/evaluator.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstring>
#include <mutex>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/operator_kernel.h"
#include "nudge/tflite/validate.h"

namespace nudge::tflite {

class Evaluator::Plan {
 public:
  Plan(TfLiteModel model, EvaluatorOptions options) : model_(std::move(model)), options_(std::move(options)) {
    validate(model_, options_.name);
    prepare_steps();
  }

  const TfLiteModel& model() const { return model_; }

  std::vector<Array> run(const std::vector<Array>& inputs) {
    const int64_t batches = count_batches(inputs);
    const SubGraph& graph = model_.main();
    kept_.assign(graph.tensors.size(), Array());
    if (batches == 1) {
      std::unique_ptr<Arrays> state = acquire();
      run_batch(inputs, 0, *state);
      for (size_t i = 0; i < state->size(); ++i) kept_[i] = (*state)[i];
      std::vector<Array> outputs;
      for (const int32_t index : graph.outputs) outputs.push_back(kept_[static_cast<size_t>(index)].clone());
      release(std::move(state));  // kept_ shares its bytes until the next run
      return outputs;
    }
    std::vector<int32_t> wanted = graph.outputs;
    if (options_.keep_tensors) {
      for (size_t i = 0; i < graph.tensors.size(); ++i) {
        if (is_computed_[i]) wanted.push_back(static_cast<int32_t>(i));
      }
    }
    for (const int32_t index : wanted) {
      Array& stacked = kept_[static_cast<size_t>(index)];
      if (stacked.empty())
        stacked = Array(stacked_shape(index, batches), type_of(static_cast<size_t>(index)));
    }
    parallel_for(batches, 1, [&](int64_t begin, int64_t end) {
      std::unique_ptr<Arrays> state = acquire();
      for (int64_t batch = begin; batch < end; ++batch) {
        run_batch(inputs, batch, *state);
        for (const int32_t index : wanted) {
          const Array& part = (*state)[static_cast<size_t>(index)];
          std::memcpy(
              kept_[static_cast<size_t>(index)].bytes() + part.byte_size() * static_cast<size_t>(batch),
              part.bytes(), part.byte_size());
        }
      }
      release(std::move(state));
    });
    std::vector<Array> outputs;
    for (const int32_t index : graph.outputs) outputs.push_back(kept_[static_cast<size_t>(index)].clone());
    return outputs;
  }

  Array tensor(int32_t index) const {
    if (index < 0 || static_cast<size_t>(index) >= model_.main().tensors.size()) {
      throw ValueError(fmt::format("{}: there is no tensor {}", options_.name, index));
    }
    const auto i = static_cast<size_t>(index);
    if (!constants_[i].empty()) return constants_[i];
    if (kept_.empty() || kept_[i].empty()) {
      throw ValueError(
          fmt::format("{}: tensor {} was not kept by the last run; set keep_tensors", options_.name, index));
    }
    return kept_[i].clone();
  }

 private:
  void prepare_steps() {
    SubGraph& graph = model_.main();
    const size_t count = graph.tensors.size();
    available_.assign(count, false);
    is_computed_.assign(count, false);
    for (size_t i = 0; i < count; ++i) {
      const TfLiteTensor& tensor = graph.tensors[i];
      is_computed_[i] = tensor.is_variable && !tensor.is_constant();
      available_[i] = is_computed_[i] || tensor.is_constant() || element_count(tensor.shape) == 0;
    }
    for (const int32_t index : graph.inputs) {
      available_[static_cast<size_t>(index)] = true;
      is_computed_[static_cast<size_t>(index)] = true;
    }
    std::vector<size_t> folded;
    for (size_t i = 0; i < graph.operators.size(); ++i) prepare_step(i, folded);
    for (const int32_t index : graph.outputs) {
      if (!available_[static_cast<size_t>(index)]) {
        throw InputError(fmt::format("{}: output {} is computed by no operator", options_.name, index));
      }
    }
    check_size();
    constants_.resize(count);
    for (size_t i = 0; i < count; ++i) {
      const TfLiteTensor& tensor = graph.tensors[i];
      // Constants that no Array holds, of float16 say, are for kernels that read them from the file.
      if (!is_computed_[i] && available_[i] && has_data_type(tensor.type)) constants_[i] = to_array(tensor);
    }
    for (const size_t i : folded) graph.tensors[i].data.clear();
  }

  // Operator `i`, after those before it.  What depends on constants alone is computed once, here: it joins
  // `folded` and is a constant from then on.
  void prepare_step(size_t i, std::vector<size_t>& folded) {
    SubGraph& graph = model_.main();
    const Operator& op = graph.operators[i];
    const Preparation preparation(graph, op,
                                  fmt::format("{}: operator {} {}", options_.name, i, to_string(op.op)));
    for (const int32_t index : op.inputs) {
      if (index >= 0 && !available_[static_cast<size_t>(index)]) {
        preparation.fail(fmt::format("its input {} is computed by no operator before it", index));
      }
    }
    for (const int32_t index : op.outputs) {
      const bool is_input = std::ranges::count(op.inputs, index) > 0;
      const bool twice = std::ranges::count(op.outputs, index) > 1;
      if (is_input || twice || graph.tensors[static_cast<size_t>(index)].is_constant() ||
          is_computed_[static_cast<size_t>(index)]) {
        preparation.fail(fmt::format("its output {} has a value already", index));
      }
    }
    const Kernel step = prepare_operator(preparation);
    const bool constant = is_known(op);
    for (const int32_t index : op.outputs) {
      const auto output = static_cast<size_t>(index);
      available_[output] = true;
      if (!has_data_type(graph.tensors[output].type))
        preparation.unsupported(to_string(graph.tensors[output].type) + " values are not computed here");
      is_computed_[output] = !constant;
    }
    if (!constant) {
      steps_.push_back(step);
      return;
    }
    fold(op, step);
    folded.insert(folded.end(), op.outputs.begin(), op.outputs.end());
  }

  // Whether the values that an operator computes are the same in every run, and few enough to be kept.
  bool is_known(const Operator& op) const {
    constexpr double kMostBytes = 1 << 29;
    const SubGraph& graph = model_.main();
    double bytes = folded_bytes_;
    for (const int32_t index : op.outputs) {
      const TfLiteTensor& tensor = graph.tensors[static_cast<size_t>(index)];
      if (element_count(tensor.shape) == 0 || !has_data_type(tensor.type)) return false;
      bytes += static_cast<double>(size_of(data_type(tensor.type))) *
               static_cast<double>(element_count(tensor.shape));
    }
    if (bytes > kMostBytes) return false;
    return op.op == BuiltinOperator::kShape || op.op == BuiltinOperator::kRank ||
           std::ranges::all_of(op.inputs, [&](int32_t index) {
             return index < 0 || graph.tensors[static_cast<size_t>(index)].is_constant();
           });
  }

  void fold(const Operator& op, const Kernel& step) {
    SubGraph& graph = model_.main();
    Arrays arrays(graph.tensors.size());
    for (const int32_t index : op.inputs) {
      if (index < 0) continue;
      const TfLiteTensor& tensor = graph.tensors[static_cast<size_t>(index)];
      if (tensor.is_constant() && has_data_type(tensor.type))
        arrays[static_cast<size_t>(index)] = to_array(tensor);
    }
    for (const int32_t index : op.outputs) {
      const TfLiteTensor& tensor = graph.tensors[static_cast<size_t>(index)];
      arrays[static_cast<size_t>(index)] = Array(tensor.shape, data_type(tensor.type));
    }
    step(arrays);
    for (const int32_t index : op.outputs) {
      const Array& array = arrays[static_cast<size_t>(index)];
      graph.tensors[static_cast<size_t>(index)].data.assign(array.bytes(), array.bytes() + array.byte_size());
      folded_bytes_ += static_cast<double>(array.byte_size());
    }
  }

  // A file may ask for more memory than there is; image models need some hundred megabytes.
  void check_size() const {
    constexpr double kMostBytes = 16e9;
    const SubGraph& graph = model_.main();
    double bytes = 0;
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      if (!is_computed_[i]) continue;
      if (!has_data_type(graph.tensors[i].type)) {
        throw UnsupportedError(fmt::format("{}: tensor {} is {}, which is not computed here", options_.name,
                                           i, to_string(graph.tensors[i].type)));
      }
      auto here = static_cast<double>(size_of(type_of(i)));
      for (const int64_t size : graph.tensors[i].shape) here *= static_cast<double>(size);
      bytes += here;
    }
    if (bytes > kMostBytes) {
      throw InputError(
          fmt::format("{}: its tensors would take {:.0f} GB of memory", options_.name, bytes / 1e9));
    }
  }

  // How many of the model's own batches the inputs hold.
  int64_t count_batches(const std::vector<Array>& inputs) const {
    const SubGraph& graph = model_.main();
    if (inputs.size() != graph.inputs.size()) {
      throw ValueError(
          fmt::format("{}: has {} inputs, {} given", options_.name, graph.inputs.size(), inputs.size()));
    }
    int64_t batches = -1;
    for (size_t i = 0; i < inputs.size(); ++i) {
      const TfLiteTensor& tensor = graph.tensors[static_cast<size_t>(graph.inputs[i])];
      const Shape& given = inputs[i].shape();
      const std::string expected = fmt::format("{}: input '{}' is {} {}", options_.name, tensor.name,
                                               to_string(tensor.type), to_string(tensor.shape));
      if (inputs[i].empty() || inputs[i].type() != data_type(tensor.type)) {
        throw ValueError(fmt::format("{}, given {}", expected, to_string(inputs[i].type())));
      }
      int64_t here = 1;
      if (given != tensor.shape) {
        const bool fits = !given.empty() && given.size() == tensor.shape.size() && tensor.shape[0] > 0 &&
                          given[0] > 0 && given[0] % tensor.shape[0] == 0 &&
                          with_batch(given, tensor.shape[0]) == tensor.shape;
        if (!fits) throw ShapeError(fmt::format("{}, given {}", expected, to_string(given)));
        here = given[0] / tensor.shape[0];
      }
      if (batches >= 0 && here != batches) {
        throw ShapeError(fmt::format("{}, given {}: another number of batches than the inputs before",
                                     expected, to_string(given)));
      }
      batches = here;
    }
    return std::max<int64_t>(batches, 1);
  }

  DataType type_of(size_t index) const { return data_type(model_.main().tensors[index].type); }

  Shape stacked_shape(int32_t index, int64_t batches) const {
    Shape shape = model_.main().tensors[static_cast<size_t>(index)].shape;
    if (shape.empty()) return {batches};
    shape[0] *= batches;
    return shape;
  }

  void run_batch(const std::vector<Array>& inputs, int64_t batch, Arrays& state) const {
    const SubGraph& graph = model_.main();
    for (size_t i = 0; i < inputs.size(); ++i) {
      Array& target = state[static_cast<size_t>(graph.inputs[i])];
      if (target.byte_size() == 0) continue;
      std::memcpy(target.bytes(), inputs[i].bytes() + target.byte_size() * static_cast<size_t>(batch),
                  target.byte_size());
    }
    for (const Kernel& step : steps_) step(state);
  }

  std::unique_ptr<Arrays> acquire() {
    {
      const std::lock_guard lock(mutex_);
      if (!free_.empty()) {
        auto state = std::move(free_.back());
        free_.pop_back();
        return state;
      }
    }
    const SubGraph& graph = model_.main();
    auto state = std::make_unique<Arrays>(constants_);
    for (size_t i = 0; i < graph.tensors.size(); ++i) {
      if (is_computed_[i]) (*state)[i] = Array(graph.tensors[i].shape, type_of(i));
    }
    return state;
  }

  void release(std::unique_ptr<Arrays> state) {
    const std::lock_guard lock(mutex_);
    free_.push_back(std::move(state));
  }

  TfLiteModel model_;
  EvaluatorOptions options_;
  std::vector<Kernel> steps_;
  double folded_bytes_ = 0;
  std::vector<bool> available_;    // once the operators before are prepared
  std::vector<bool> is_computed_;  // inputs, variables and what operators write anew in each run
  Arrays constants_;
  Arrays kept_;
  std::mutex mutex_;
  std::vector<std::unique_ptr<Arrays>> free_;
};

Evaluator::Evaluator(TfLiteModel model, EvaluatorOptions options)
    : plan_(std::make_unique<Plan>(std::move(model), std::move(options))) {}
Evaluator::~Evaluator() = default;
Evaluator::Evaluator(Evaluator&&) noexcept = default;
Evaluator& Evaluator::operator=(Evaluator&&) noexcept = default;

std::vector<Array> Evaluator::run(const std::vector<Array>& inputs) { return plan_->run(inputs); }

Array Evaluator::tensor(int32_t index) const { return plan_->tensor(index); }

const TfLiteModel& Evaluator::model() const { return plan_->model(); }

}  // namespace nudge::tflite
