// CUMSUM: each value with those before it along an axis, or behind it where reversed.
#include <type_traits>

#include "nudge/tflite/evaluator/along_axis.h"
#include "nudge/tflite/evaluator/code_types.h"

namespace nudge::tflite {

namespace {

template <typename T>
Kernel add_up(const Preparation& op, const AlongAxis& g, TfLiteCumsumOptions options) {
  return [=, in = op.input_index(0), out = op.output_index()](Arrays& arrays) {
    const T* x = arrays[in].data<T>();
    T* y = arrays[out].data<T>();
    for (int64_t o = 0; o < g.outer; ++o, x += g.length * g.inner, y += g.length * g.inner) {
      for (int64_t i = 0; i < g.inner; ++i) {
        T sum = 0;
        for (int64_t k = 0; k < g.length; ++k) {
          const int64_t at = (options.reverse ? g.length - 1 - k : k) * g.inner + i;
          if (options.exclusive) y[at] = sum;
          if constexpr (std::is_floating_point_v<T>) {
            sum += x[at];
          } else {
            using Unsigned = std::make_unsigned_t<T>;
            sum = static_cast<T>(static_cast<Unsigned>(sum) + static_cast<Unsigned>(x[at]));
          }
          if (!options.exclusive) y[at] = sum;
        }
      }
    }
  };
}

}  // namespace

Kernel prepare_cumsum(const Preparation& op) {
  const Shape shape = op.input(0).shape;
  const size_t axis = op.axis(op.constant_int(1), shape.size());
  op.expect_type(op.output(), op.input(0).type);
  op.set_output_shape(shape);
  const AlongAxis g = along_axis(shape, axis);
  const auto options = op.options_or_default<TfLiteCumsumOptions>();
  if (op.is(op.output(), TensorType::kInt32)) return add_up<int32_t>(op, g, options);
  if (op.is(op.output(), TensorType::kInt64)) return add_up<int64_t>(op, g, options);
  op.expect_type(op.output(), TensorType::kFloat32);
  return add_up<float>(op, g, options);
}

}  // namespace nudge::tflite
