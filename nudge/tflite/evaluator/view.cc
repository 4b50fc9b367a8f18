// TRANSPOSE, SLICE, STRIDED_SLICE, REVERSE_V2, BROADCAST_TO and TILE.
#include <fmt/format.h>

#include <algorithm>

#include "nudge/tflite/evaluator/strided_view.h"

namespace nudge::tflite {

namespace {

// An int32 constant with a number for each dimension of input 0.
std::vector<int32_t> numbers_of_dimensions(const Preparation& op, size_t i) {
  std::vector<int32_t> values = op.constant_ints(i);
  if (values.size() != op.input(0).shape.size()) {
    op.fail(fmt::format("input {} has {} numbers for the {} dimensions of {}", i, values.size(),
                        op.input(0).shape.size(), to_string(op.input(0).shape)));
  }
  return values;
}

StridedView transposed(const Preparation& op) {
  const StridedView whole = whole_view(op.input(0).shape);
  StridedView view = whole;
  std::vector<bool> used(whole.shape.size());
  const std::vector<int32_t> order = numbers_of_dimensions(op, 1);
  for (size_t d = 0; d < order.size(); ++d) {
    const size_t from = op.axis(order[d], order.size());
    if (used[from]) op.fail(fmt::format("it takes dimension {} twice", from));
    used[from] = true;
    view.shape[d] = whole.shape[from];
    view.strides[d] = whole.strides[from];
  }
  return view;
}

StridedView sliced(const Preparation& op) {
  StridedView view = whole_view(op.input(0).shape);
  const std::vector<int32_t> begin = numbers_of_dimensions(op, 1), size = numbers_of_dimensions(op, 2);
  for (size_t d = 0; d < begin.size(); ++d) {
    const int64_t rest = view.shape[d] - begin[d];
    const int64_t length = size[d] == -1 ? rest : size[d];
    if (begin[d] < 0 || length < 0 || length > rest) {
      op.fail(
          fmt::format("{} elements from {} of the {} in dimension {}", size[d], begin[d], view.shape[d], d));
    }
    view.shape[d] = length;
    view.offset += begin[d] * view.strides[d];
  }
  return view;
}

bool is_set(int32_t mask, size_t dimension) { return (static_cast<uint32_t>(mask) >> dimension & 1U) != 0; }

// Where begin or end lies: counted from behind when negative, then kept on the tensor.
int64_t place(int64_t index, int64_t size, bool backwards) {
  if (index < 0) index += size;
  return backwards ? std::clamp<int64_t>(index, -1, size - 1) : std::clamp<int64_t>(index, 0, size);
}

Kernel strided_slice(const Preparation& op) {
  const auto options = op.options_or_default<TfLiteStridedSliceOptions>();
  if (options.ellipsis_mask != 0 || options.new_axis_mask != 0 || options.offset) {
    op.unsupported("an ellipsis, a new axis or an offset is not computed here");
  }
  StridedView view = whole_view(op.input(0).shape);
  const std::vector<int32_t> begin = op.constant_ints(1), end = op.constant_ints(2),
                             step = op.constant_ints(3);
  if (begin.size() != end.size() || begin.size() != step.size() || begin.size() > view.shape.size()) {
    op.fail("its begin, end and strides do not fit its input's rank");
  }
  Shape kept;
  for (size_t d = 0; d < view.shape.size(); ++d) {
    const int64_t size = view.shape[d];
    if (d < begin.size() && is_set(options.shrink_axis_mask, d)) {
      const int64_t index = is_set(options.begin_mask, d) ? 0 : begin[d] < 0 ? begin[d] + size : begin[d];
      if (index < 0 || index >= size || step[d] < 1) {
        op.fail(fmt::format("index {} with stride {} of the {} in dimension {}", begin[d], step[d], size, d));
      }
      view.offset += index * view.strides[d];
      view.shape[d] = 1;
      continue;
    }
    if (d < begin.size()) {
      const int64_t stride = step[d];
      if (stride == 0) op.fail("a stride is 0");
      const bool backwards = stride < 0;
      int64_t first = place(begin[d], size, backwards), last = place(end[d], size, backwards);
      if (is_set(options.begin_mask, d)) first = backwards ? size - 1 : 0;
      if (is_set(options.end_mask, d)) last = backwards ? -1 : size;
      const int64_t distance = backwards ? first - last : last - first;
      const int64_t magnitude = backwards ? -stride : stride;
      view.shape[d] = distance <= 0 ? 0 : (distance + magnitude - 1) / magnitude;
      if (view.shape[d] > 0) view.offset += first * view.strides[d];
      view.strides[d] *= stride;
    }
    kept.push_back(view.shape[d]);
  }
  return copy_view(op, view, kept);
}

StridedView reversed(const Preparation& op) {
  StridedView view = whole_view(op.input(0).shape);
  std::vector<bool> done(view.shape.size());
  for (const int32_t given : op.constant_ints(1)) {
    const size_t axis = op.axis(given, view.shape.size());
    if (done[axis]) op.fail(fmt::format("it reverses dimension {} twice", axis));
    done[axis] = true;
    if (view.shape[axis] > 0) view.offset += (view.shape[axis] - 1) * view.strides[axis];
    view.strides[axis] = -view.strides[axis];
  }
  return view;
}

StridedView broadcast(const Preparation& op) {
  const StridedView whole = whole_view(op.input(0).shape);
  const std::vector<int32_t> wanted = op.constant_ints(1);
  const size_t rank = whole.shape.size();
  StridedView view{Shape(wanted.begin(), wanted.end()), std::vector<int64_t>(wanted.size(), 0), 0};
  bool fits = wanted.size() >= rank;
  for (size_t d = 0; fits && d < rank; ++d) {
    const size_t to = wanted.size() - rank + d;
    fits = whole.shape[d] == wanted[to] || whole.shape[d] == 1;
    if (whole.shape[d] != 1) view.strides[to] = whole.strides[d];
  }
  if (!fits) {
    op.fail(fmt::format("{} cannot be broadcast to ({})", to_string(whole.shape), fmt::join(wanted, ", ")));
  }
  return view;
}

// Each dimension becomes two, the repetitions and the tensor's own.
Kernel tile(const Preparation& op) {
  const StridedView whole = whole_view(op.input(0).shape);
  Shape shape;
  StridedView view;
  for (const int32_t times : numbers_of_dimensions(op, 1)) {
    const size_t d = shape.size();
    if (times < 0) op.fail(fmt::format("{} copies of dimension {}", times, d));
    shape.push_back(whole.shape[d] * times);
    view.shape.push_back(times);
    view.shape.push_back(whole.shape[d]);
    view.strides.insert(view.strides.end(), {0, whole.strides[d]});
  }
  return copy_view(op, view, shape);
}

}  // namespace

Kernel prepare_view(const Preparation& op) {
  switch (op.op()) {
    case BuiltinOperator::kTranspose:
      return copy_view(op, transposed(op));
    case BuiltinOperator::kSlice:
      return copy_view(op, sliced(op));
    case BuiltinOperator::kStridedSlice:
      return strided_slice(op);
    case BuiltinOperator::kReverseV2:
      return copy_view(op, reversed(op));
    case BuiltinOperator::kBroadcastTo:
      return copy_view(op, broadcast(op));
    default:
      return tile(op);
  }
}

}  // namespace nudge::tflite
