// ARG_MAX and ARG_MIN: where along an axis the largest or smallest value lies, the first of equals.
#include "nudge/tflite/evaluator/along_axis.h"
#include "nudge/tflite/evaluator/code_types.h"

namespace nudge::tflite {

namespace {

template <typename T, typename Index>
Kernel search(const Preparation& op, const AlongAxis& g) {
  const bool largest = op.op() == BuiltinOperator::kArgMax;
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const T* x = arrays[in].data<T>();
    Index* y = arrays[out].data<Index>();
    for (int64_t o = 0; o < g.outer; ++o, x += g.length * g.inner) {
      for (int64_t i = 0; i < g.inner; ++i) {
        int64_t best = 0;
        for (int64_t k = 1; k < g.length; ++k) {
          const T value = x[k * g.inner + i], so_far = x[best * g.inner + i];
          if (largest ? value > so_far : value < so_far) best = k;
        }
        *y++ = static_cast<Index>(best);
      }
    }
  };
}

template <typename T>
Kernel search(const Preparation& op, const AlongAxis& g) {
  if (op.is(op.output(), TensorType::kInt64)) return search<T, int64_t>(op, g);
  op.expect_type(op.output(), TensorType::kInt32);
  return search<T, int32_t>(op, g);
}

}  // namespace

Kernel prepare_arg_extremum(const Preparation& op) {
  Shape shape = op.input(0).shape;
  const size_t axis = op.axis(op.constant_int(1), shape.size());
  if (element_count(shape) < 1) op.fail("its input is empty");
  const AlongAxis g = along_axis(shape, axis);
  shape.erase(shape.begin() + static_cast<int64_t>(axis));
  op.set_output_shape(shape);
  if (op.is(op.input(0), TensorType::kFloat32)) return search<float>(op, g);
  if (op.is(op.input(0), TensorType::kInt32)) return search<int32_t>(op, g);
  if (op.is(op.input(0), TensorType::kBool)) return search<bool>(op, g);
  return for_bytes(op, op.input(0), [&](auto code) { return search<decltype(code)>(op, g); });
}

}  // namespace nudge::tflite
