#include "nudge/tflite/elementwise.h"

#include <fmt/format.h>

#include "nudge/tflite/strided_view.h"

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

Broadcast::Broadcast(const Preparation& op, size_t inputs) {
  size_t rank = 0;
  for (size_t i = 0; i < inputs; ++i) rank = std::max(rank, op.input(i).shape.size());
  const bool scalar = rank == 0;
  rank = std::max<size_t>(rank, 1);
  shape_ = Shape(rank, 1);
  for (size_t i = 0; i < inputs; ++i) {
    const Shape part = with_rank(op.input(i).shape, rank);
    for (size_t d = 0; d < rank; ++d) {
      if (part[d] != shape_[d] && part[d] != 1 && shape_[d] != 1) {
        op.fail(fmt::format("shapes {} and {} cannot be broadcast", to_string(op.input(0).shape),
                            to_string(op.input(i).shape)));
      }
      if (shape_[d] == 1) shape_[d] = part[d];
    }
    steps_.push_back(part.back() == 1 ? 0 : 1);
    strides_.push_back(strides_of(part));
  }
  op.set_output_shape(scalar ? Shape() : shape_);
  row_length_ = shape_.back();
  for (size_t d = 0; d + 1 < rank; ++d) rows_ *= shape_[d];
}

int64_t Broadcast::offset(size_t input, int64_t row) const {
  const std::vector<int64_t>& strides = strides_[input];
  int64_t offset = 0;
  for (size_t d = strides.size(); d-- > 0;) {
    offset += row % shape_[d] * strides[d];
    row /= shape_[d];
  }
  return offset;
}

}  // namespace nudge::tflite
