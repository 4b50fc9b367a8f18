#include "nudge/tflite/validate.h"

#include <fmt/format.h>

#include <cmath>

#include "nudge/base/error.h"

namespace nudge::tflite {

namespace {

void check_quantization(const TfLiteTensor& tensor, const std::string& where, Scales scales) {
  const Quantization& quantization = *tensor.quantization;
  const size_t count = quantization.scale.size();
  if (quantization.zero_point.size() != count) {
    throw InputError(
        fmt::format("{} has {} scales but {} zero points", where, count, quantization.zero_point.size()));
  }
  for (const float scale : quantization.scale) {
    if (scales == Scales::kPositive && (!std::isfinite(scale) || scale <= 0)) {
      throw InputError(fmt::format("{} has scale {}, which must be positive and finite", where, scale));
    }
  }
  for (const int64_t zero_point : quantization.zero_point) {
    if (zero_point < INT32_MIN || zero_point > INT32_MAX) {
      throw InputError(fmt::format("{} has zero point {}, which no type can hold", where, zero_point));
    }
  }
  if (count <= 1) return;
  const int32_t dimension = quantization.dimension;
  if (dimension < 0 || static_cast<size_t>(dimension) >= tensor.shape.size() ||
      static_cast<size_t>(tensor.shape[static_cast<size_t>(dimension)]) != count) {
    throw InputError(fmt::format("{} has {} scales for dimension {} of its shape {}", where, count, dimension,
                                 to_string(tensor.shape)));
  }
}

void check_tensor(const TfLiteTensor& tensor, const std::string& where, Scales scales) {
  for (const int64_t size : tensor.shape) {
    if (size < 0 || size > INT32_MAX) {
      throw InputError(fmt::format("{} has the impossible shape {}", where, to_string(tensor.shape)));
    }
  }
  int64_t count = 0;
  try {
    count = element_count(tensor.shape);
  } catch (const ShapeError&) {
    throw InputError(fmt::format("{} has the impossible shape {}", where, to_string(tensor.shape)));
  }
  if (tensor.is_constant() && count <= INT64_MAX / 16) {
    const auto bytes = byte_size(tensor.type, count);
    if (bytes && *bytes != tensor.data.size()) {
      throw InputError(fmt::format("{} holds {} bytes where {} of shape {} take {}", where,
                                   tensor.data.size(), to_string(tensor.type), to_string(tensor.shape),
                                   *bytes));
    }
  } else if (tensor.is_constant()) {
    throw InputError(fmt::format("{} has the impossible shape {}", where, to_string(tensor.shape)));
  }
  if (tensor.quantization) check_quantization(tensor, where, scales);
}

void check_indexes(const std::vector<int32_t>& indexes, int32_t lowest, size_t count,
                   const std::string& where) {
  for (const int32_t index : indexes) {
    if (index < lowest || (index >= 0 && static_cast<size_t>(index) >= count)) {
      throw InputError(fmt::format("{} names tensor {}, but there are {} tensors", where, index, count));
    }
  }
}

void check_signature(const Signature& signature, const TfLiteModel& model, const std::string& where) {
  if (signature.subgraph < 0 || static_cast<size_t>(signature.subgraph) >= model.subgraphs.size()) {
    throw InputError(fmt::format("{} names subgraph {}, but there are {}", where, signature.subgraph,
                                 model.subgraphs.size()));
  }
  const size_t count = model.subgraphs[static_cast<size_t>(signature.subgraph)].tensors.size();
  for (const auto* side : {&signature.inputs, &signature.outputs}) {
    for (const auto& [name, index] : *side) check_indexes({index}, 0, count, where);
  }
}

}  // namespace

void validate(const TfLiteModel& model, const std::string& where, Scales scales) {
  if (model.subgraphs.empty()) throw InputError(where + ": has no subgraph");
  for (const SubGraph& graph : model.subgraphs) {
    const size_t count = graph.tensors.size();
    for (size_t i = 0; i < count; ++i) {
      check_tensor(graph.tensors[i], fmt::format("{}: tensor {} '{}'", where, i, graph.tensors[i].name),
                   scales);
    }
    check_indexes(graph.inputs, 0, count, fmt::format("{}: the list of inputs", where));
    check_indexes(graph.outputs, 0, count, fmt::format("{}: the list of outputs", where));
    for (size_t i = 0; i < graph.operators.size(); ++i) {
      const Operator& op = graph.operators[i];
      const std::string here = fmt::format("{}: operator {} {}", where, i, to_string(op.op));
      check_indexes(op.inputs, -1, count, here);
      check_indexes(op.outputs, 0, count, here);
    }
  }
  for (const Signature& signature : model.signatures) {
    check_signature(signature, model, fmt::format("{}: signature '{}'", where, signature.key));
  }
}

}  // namespace nudge::tflite
