// An operator together with its tensors, as the rules of the Edge TPU look at it.
#pragma once

#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "nudge/tflite/model.h"

namespace nudge::edgetpu {

// A subgraph and which of its tensors exist only while the model runs: its inputs, variables and what
// operators write.  All others are constants.  The subgraph must outlive it, and have valid indexes.
class GraphView {
 public:
  explicit GraphView(const tflite::SubGraph& graph);

  const tflite::SubGraph& graph() const { return graph_; }
  bool is_computed(int32_t tensor) const { return computed_[static_cast<size_t>(tensor)]; }

 private:
  const tflite::SubGraph& graph_;
  std::vector<bool> computed_;
};

class OperatorView {
 public:
  OperatorView(const GraphView& view, size_t index)
      : view_(view), op_(view.graph().operators[index]), index_(index) {}

  const tflite::Operator& op() const { return op_; }
  size_t index() const { return index_; }
  size_t input_count() const { return op_.inputs.size(); }
  size_t output_count() const { return op_.outputs.size(); }
  // nullptr where there is none or it is left out.
  const tflite::TfLiteTensor* input(size_t i) const { return tensor(op_.inputs, i); }
  const tflite::TfLiteTensor* output(size_t i) const { return tensor(op_.outputs, i); }
  // Whether input i is there and known only at run time.
  bool is_computed_input(size_t i) const;
  bool is_constant_input(size_t i) const { return input(i) != nullptr && !is_computed_input(i); }
  // The elements of a constant INT32 or INT64 input; nullopt when input i is none.
  std::optional<std::vector<int64_t>> integers(size_t i) const;
  // What it computes on: inputs and outputs that are neither constants nor variables.
  std::vector<const tflite::TfLiteTensor*> activations() const;

  // The operator's options, the format's defaults where the file has none.
  template <typename Options>
  Options options() const {
    const auto* found = std::get_if<Options>(&op_.options);
    return found != nullptr ? *found : Options{};
  }

 private:
  const tflite::TfLiteTensor* tensor(const std::vector<int32_t>& indexes, size_t i) const;

  const GraphView& view_;
  const tflite::Operator& op_;
  size_t index_;
};

// UINT8 or INT8.
bool is_8bit(const tflite::TfLiteTensor& tensor);
// The product of the dimensions, without an overflow: INT64_MAX where it does not fit.
int64_t count_elements(const tflite::TfLiteTensor& tensor);

}  // namespace nudge::edgetpu
