// L2_NORMALIZATION over the last dimension.
#include <algorithm>
#include <cmath>

#include "nudge/tflite/integer_functions.h"
#include "nudge/tflite/operator_kernel.h"

namespace nudge::tflite {

namespace {

void normalize(const float* x, float* y, int64_t depth) {
  float sum = 0;
  for (int64_t i = 0; i < depth; ++i) sum += x[i] * x[i];
  const float norm = std::max(std::sqrt(sum), 1e-6F);
  for (int64_t i = 0; i < depth; ++i) y[i] = x[i] / norm;
}

void normalize(const int8_t* x, int8_t* y, int64_t depth, int32_t zero_point) {
  int32_t sum = 0;
  for (int64_t i = 0; i < depth; ++i) sum = wrapping_sum(sum, (x[i] - zero_point) * (x[i] - zero_point));
  Multiplier factor = inverse_square_root(sum);
  factor.e += 7;  // the output's scale is 1/128
  for (int64_t i = 0; i < depth; ++i) y[i] = saturate_int8(multiply(x[i] - zero_point, factor));
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
  if (!op.is_int8_operator()) {
    return [=](Arrays& arrays) {
      for (int64_t row = 0; row < rows; ++row)
        normalize(arrays[in].data<float>() + row * depth, arrays[out].data<float>() + row * depth, depth);
    };
  }
  if (op.scale(op.output()) != 1.0F / 128 || op.zero_point(op.output()) != 0)
    op.fail("its output must have scale 1/128 and zero point 0");
  return [=, zero_point = op.zero_point(op.input(0))](Arrays& arrays) {
    for (int64_t row = 0; row < rows; ++row) {
      normalize(arrays[in].data<int8_t>() + row * depth, arrays[out].data<int8_t>() + row * depth, depth,
                zero_point);
    }
  };
}

}  // namespace nudge::tflite
