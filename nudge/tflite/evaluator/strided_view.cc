#include "nudge/tflite/evaluator/strided_view.h"

#include <cstring>

#include "nudge/base/threads.h"
#include "nudge/tflite/evaluator/elementwise.h"

namespace nudge::tflite {

namespace {

// The same elements in fewer dimensions: those of one index go, neighbours that continue each other merge.
StridedView merged(const StridedView& view) {
  StridedView result{{}, {}, view.offset};
  for (size_t d = 0; d < view.shape.size(); ++d) {
    const int64_t size = view.shape[d];
    if (size == 1) continue;
    if (!result.shape.empty() && result.strides.back() == view.strides[d] * size) {
      result.shape.back() *= size;
      result.strides.back() = view.strides[d];
    } else {
      result.shape.push_back(size);
      result.strides.push_back(view.strides[d]);
    }
  }
  if (result.shape.empty()) {
    result.shape.push_back(1);
    result.strides.push_back(1);
  }
  return result;
}

template <typename Element>
void copy_row(const Element* from, int64_t stride, int64_t length, Element* to) {
  if (stride == 1) {
    std::copy_n(from, length, to);
    return;
  }
  for (int64_t i = 0; i < length; ++i) to[i] = from[i * stride];
}

template <typename Element>
void copy(const StridedView& view, const std::byte* input, std::byte* output) {
  const auto* from = reinterpret_cast<const Element*>(input) + view.offset;
  auto* to = reinterpret_cast<Element*>(output);
  const size_t last = view.shape.size() - 1;
  const int64_t length = view.shape[last];
  int64_t rows = 1;
  for (size_t d = 0; d < last; ++d) rows *= view.shape[d];
  parallel_for(rows, kElementsATask / std::max<int64_t>(length, 1) + 1, [&](int64_t begin, int64_t end) {
    for (int64_t row = begin; row < end; ++row) {
      int64_t at = 0, rest = row;
      for (size_t d = last; d-- > 0;) {
        at += rest % view.shape[d] * view.strides[d];
        rest /= view.shape[d];
      }
      copy_row(from + at, view.strides[last], length, to + row * length);
    }
  });
}

}  // namespace

StridedView whole_view(const Shape& shape) {
  StridedView view{shape, std::vector<int64_t>(shape.size()), 0};
  int64_t stride = element_count(shape) == 0 ? 0 : 1;  // of an empty tensor nothing is ever read
  for (size_t d = shape.size(); d-- > 0;) {
    view.strides[d] = stride;
    stride *= shape[d];
  }
  return view;
}

Kernel copy_view(const Preparation& op, const StridedView& view, const Shape& shape, size_t input,
                 size_t output) {
  op.expect_type(op.output(output), op.input(input).type);
  op.set_output_shape(shape, output);
  if (element_count(shape) == 0) return [](Arrays&) {};
  return [view = merged(view), size = op.element_size(op.input(input)), in = op.input_index(input),
          out = op.output_index(output)](Arrays& arrays) {
    const std::byte* from = arrays[in].bytes();
    std::byte* to = arrays[out].bytes();
    switch (size) {
      case 1:
        return copy<int8_t>(view, from, to);
      case 2:
        return copy<int16_t>(view, from, to);
      case 4:
        return copy<int32_t>(view, from, to);
      default:
        return copy<int64_t>(view, from, to);
    }
  };
}

}  // namespace nudge::tflite
