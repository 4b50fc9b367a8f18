// MIRROR_PAD: what lies beside a tensor is its mirror image, with the edge twice (SYMMETRIC) or once.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "nudge/tflite/evaluator/operator_kernel.h"

namespace nudge::tflite {

namespace {

// For each output index of a dimension the input index that it shows.
std::vector<int64_t> mirrored(int64_t size, int64_t before, int64_t after, bool symmetric) {
  std::vector<int64_t> from;
  for (int64_t i = -before; i < size + after; ++i) {
    const int64_t last = size - 1, edge = symmetric ? 1 : 0;
    from.push_back(i < 0 ? -i - edge : i > last ? 2 * last + edge - i : i);
  }
  return from;
}

}  // namespace

Kernel prepare_mirror_pad(const Preparation& op) {
  const bool symmetric = op.options_or_default<TfLiteMirrorPadOptions>().symmetric;
  const Shape in_shape = op.input(0).shape;
  const std::vector<int32_t> pads = op.constant_ints(1);
  if (in_shape.empty() || op.input(1).shape != Shape{static_cast<int64_t>(in_shape.size()), 2})
    op.fail("its paddings do not fit its input's rank");
  op.expect_type(op.output(), op.input(0).type);
  Shape shape = in_shape;
  for (size_t d = 0; d < shape.size(); ++d) {
    const int64_t before = pads[2 * d], after = pads[2 * d + 1], most = in_shape[d] - (symmetric ? 0 : 1);
    if (before < 0 || after < 0 || std::max(before, after) > most) {
      op.fail(fmt::format("paddings {} and {} of the {} in dimension {}, which shows {} at most", before,
                          after, in_shape[d], d, most));
    }
    shape[d] += before + after;
  }
  op.set_output_shape(shape);
  if (element_count(shape) == 0) return [](Arrays&) {};
  std::vector<std::vector<int64_t>> from;
  for (size_t d = 0; d < shape.size(); ++d)
    from.push_back(mirrored(in_shape[d], pads[2 * d], pads[2 * d + 1], symmetric));
  const size_t element = op.element_size(op.input(0));
  const int64_t length = shape.back(), rows = element_count(shape) / length;
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    std::byte* to = arrays[out].bytes();
    for (int64_t row = 0; row < rows; ++row) {
      int64_t rest = row, at = 0, stride = in_shape.back();
      for (size_t d = shape.size() - 1; d-- > 0;) {
        at += from[d][static_cast<size_t>(rest % shape[d])] * stride;
        rest /= shape[d];
        stride *= in_shape[d];
      }
      const std::byte* line = arrays[in].bytes() + static_cast<size_t>(at) * element;
      for (const int64_t column : from.back()) {
        std::memcpy(to, line + static_cast<size_t>(column) * element, element);
        to += element;
      }
    }
  };
}

}  // namespace nudge::tflite
