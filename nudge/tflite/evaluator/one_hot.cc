// ONE_HOT: a value at each index along a new axis, another everywhere else.
#include <fmt/format.h>

#include "nudge/tflite/evaluator/along_axis.h"
#include "nudge/tflite/evaluator/code_types.h"

namespace nudge::tflite {

namespace {

template <typename T, typename Index>
Kernel one_hot(const Preparation& op, const AlongAxis& g) {
  return [g, in = op.input_index(0), on = op.input_index(2), off = op.input_index(3),
          out = op.output_index()](Arrays& arrays) {
    const Index* index = arrays[in].data<Index>();
    const T set = arrays[on].data<T>()[0], unset = arrays[off].data<T>()[0];
    T* y = arrays[out].data<T>();
    for (int64_t o = 0; o < g.outer; ++o, index += g.inner) {
      for (int64_t d = 0; d < g.length; ++d) {
        for (int64_t i = 0; i < g.inner; ++i) *y++ = int64_t{index[i]} == d ? set : unset;
      }
    }
  };
}

template <typename T>
Kernel one_hot(const Preparation& op, const AlongAxis& g) {
  if (op.is(op.input(0), TensorType::kInt64)) return one_hot<T, int64_t>(op, g);
  op.expect_type(op.input(0), TensorType::kInt32);
  return one_hot<T, int32_t>(op, g);
}

}  // namespace

Kernel prepare_one_hot(const Preparation& op) {
  Shape shape = op.input(0).shape;
  const int64_t depth = op.constant_int(1);
  for (const size_t value : {2, 3}) {
    op.expect_type(op.input(value), op.output().type);
    if (element_count(op.input(value).shape) != 1) op.fail(fmt::format("input {} must be one value", value));
  }
  if (depth < 0) op.fail(fmt::format("a depth of {}", depth));
  const size_t axis = op.axis(op.options_or_default<TfLiteOneHotOptions>().axis, shape.size() + 1);
  shape.insert(shape.begin() + static_cast<int64_t>(axis), depth);
  const AlongAxis g = along_axis(shape, axis);
  op.set_output_shape(shape);
  if (op.is(op.output(), TensorType::kBool)) return one_hot<bool>(op, g);
  return for_numbers(op, op.output(), [&](auto number) { return one_hot<decltype(number)>(op, g); });
}

}  // namespace nudge::tflite
