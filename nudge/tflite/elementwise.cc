#include "nudge/tflite/elementwise.h"

#include <fmt/format.h>

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
  std::vector<int64_t> strides(shape.size() - 1);
  int64_t stride = shape.back();
  for (size_t d = shape.size() - 1; d-- > 0;) {
    strides[d] = shape[d] == 1 ? 0 : stride;
    stride *= shape[d];
  }
  return strides;
}

}  // namespace

Broadcast::Broadcast(const Preparation& op, const Shape& a, const Shape& b) {
  const size_t rank = std::max({a.size(), b.size(), size_t{1}});
  const Shape left = with_rank(a, rank);
  const Shape right = with_rank(b, rank);
  for (size_t d = 0; d < rank; ++d) {
    if (left[d] != right[d] && left[d] != 1 && right[d] != 1) {
      op.fail(fmt::format("shapes {} and {} cannot be broadcast", to_string(a), to_string(b)));
    }
    shape_.push_back(left[d] == 1 ? right[d] : left[d]);
  }
  row_length_ = shape_.back();
  step_a_ = left.back() == 1 ? 0 : 1;
  step_b_ = right.back() == 1 ? 0 : 1;
  strides_a_ = strides_of(left);
  strides_b_ = strides_of(right);
  for (size_t d = 0; d + 1 < rank; ++d) rows_ *= shape_[d];
  if (a.empty() && b.empty()) shape_.clear();
}

int64_t Broadcast::offset(int64_t row, const std::vector<int64_t>& strides) const {
  int64_t offset = 0;
  for (size_t d = strides.size(); d-- > 0;) {
    offset += row % shape_[d] * strides[d];
    row /= shape_[d];
  }
  return offset;
}

}  // namespace nudge::tflite
