#include "nudge/tflite/evaluator/elementwise.h"

#include <fmt/format.h>

#include "nudge/tflite/evaluator/strided_view.h"

namespace nudge::tflite {

namespace {

// `shape` with ones in front.
Shape with_rank(const Shape& shape, size_t rank) {
  Shape result(rank - shape.size(), 1);
  result.insert(result.end(), shape.begin(), shape.end());
  return result;
}

// Of every dimension but the last; 0 where the shape is stretched.
std::vector<int64_t> strides_of(const Shape& shape) {
  std::vector<int64_t> strides = whole_view(shape).strides;
  strides.pop_back();
  for (size_t d = 0; d < strides.size(); ++d) {
    if (shape[d] == 1) strides[d] = 0;
  }
  return strides;
}

}  // namespace

FusedActivation activation_of(const Preparation& op) {
  switch (op.op()) {
    case BuiltinOperator::kAdd:
      return op.options_or_default<TfLiteAddOptions>().activation;
    case BuiltinOperator::kSub:
      return op.options_or_default<TfLiteSubOptions>().activation;
    case BuiltinOperator::kMul:
      return op.options_or_default<TfLiteMulOptions>().activation;
    case BuiltinOperator::kDiv:
      return op.options_or_default<TfLiteDivOptions>().activation;
    default:
      return FusedActivation::kNone;
  }
}

Broadcast::Broadcast(const Preparation& op, const std::vector<Shape>& inputs) {
  for (const Shape& input : inputs) shape_.resize(std::max(shape_.size(), input.size()), 1);
  for (const Shape& input : inputs) {
    const Shape part = with_rank(input, shape_.size());
    for (size_t d = 0; d < part.size(); ++d) {
      if (part[d] != shape_[d] && part[d] != 1 && shape_[d] != 1) {
        op.fail(fmt::format("shapes {} and {} cannot be broadcast", to_string(inputs[0]), to_string(input)));
      }
      if (shape_[d] == 1) shape_[d] = part[d];
    }
  }
  op.expect_possible(shape_);
  for (const Shape& input : inputs) {
    const Shape part = with_rank(input, std::max<size_t>(shape_.size(), 1));
    steps_.push_back(part.back() == 1 ? 0 : 1);
    strides_.push_back(strides_of(part));
  }
  rows_shape_ = shape_;
  if (rows_shape_.empty()) return;
  row_length_ = rows_shape_.back();
  rows_shape_.pop_back();
  rows_ = element_count(rows_shape_);
}

int64_t Broadcast::offset(size_t input, int64_t row) const {
  const std::vector<int64_t>& strides = strides_[input];
  int64_t offset = 0;
  for (size_t d = strides.size(); d-- > 0;) {
    offset += row % rows_shape_[d] * strides[d];
    row /= rows_shape_[d];
  }
  return offset;
}

}  // namespace nudge::tflite
