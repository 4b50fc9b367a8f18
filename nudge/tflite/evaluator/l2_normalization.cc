// L2_NORMALIZATION over the last dimension.
#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <type_traits>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/integer_functions.h"

namespace nudge::tflite {

namespace {

void normalize(const float* x, float* y, int64_t depth) {
  float sum = 0;
  for (int64_t i = 0; i < depth; ++i) sum += x[i] * x[i];
  const float norm = std::max(std::sqrt(sum), 1e-6F);
  for (int64_t i = 0; i < depth; ++i) y[i] = x[i] / norm;
}

template <typename Code>
void normalize(const Code* x, Code* y, int64_t depth, int32_t zero_point) {
  int32_t sum = 0;
  for (int64_t i = 0; i < depth; ++i) sum = wrapping_sum(sum, (x[i] - zero_point) * (x[i] - zero_point));
  Multiplier factor = inverse_square_root(sum);
  // The output's scale is 1/128: signed codes take it into the factor, unsigned ones into the value.
  constexpr int kBits = 7;
  constexpr bool kUnsigned = std::is_unsigned_v<Code>;
  if (!kUnsigned) factor.e += kBits;
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t value = x[i] - zero_point;
    y[i] = saturate<Code>(kUnsigned ? multiply(value * (1 << kBits), factor) + (1 << kBits)
                                    : multiply(value, factor));
  }
}

}  // namespace

Kernel prepare_l2_normalization(const Preparation& op) {
  if (op.options_or_default<TfLiteL2NormOptions>().activation != FusedActivation::kNone)
    op.unsupported("a fused activation is not computed here");
  const Shape shape = op.input(0).shape;
  if (shape.empty() || shape.back() < 1) op.fail("its input has no last dimension");
  op.set_output_shape(shape);
  const int64_t depth = shape.back(), rows = element_count(shape) / depth;
  const size_t in = op.input_index(0), out = op.output_index();
  if (!op.is_integer_operator()) {
    return [=](Arrays& arrays) {
      for (int64_t row = 0; row < rows; ++row)
        normalize(arrays[in].data<float>() + row * depth, arrays[out].data<float>() + row * depth, depth);
    };
  }
  const int32_t center = op.is(op.output(), TensorType::kUInt8) ? 128 : 0;
  if (op.scale(op.output()) != 1.0F / 128 || op.zero_point(op.output()) != center)
    op.fail(fmt::format("its output must have scale 1/128 and zero point {}", center));
  return for_bytes(op, op.output(), [&](auto code) -> Kernel {
    using Code = decltype(code);
    return [=, zero_point = op.zero_point(op.input(0))](Arrays& arrays) {
      for (int64_t row = 0; row < rows; ++row) {
        normalize(arrays[in].data<Code>() + row * depth, arrays[out].data<Code>() + row * depth, depth,
                  zero_point);
      }
    };
  });
}

}  // namespace nudge::tflite
