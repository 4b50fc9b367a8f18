// L2_NORMALIZATION over the last dimension.
#include <algorithm>
#include <cmath>

#include "nudge/tflite/integer_functions.h"
#include "nudge/tflite/rows.h"

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
  if (!op.is_int8_operator()) {
    return row_by_row<float>(op, [](const float* x, float* y, int64_t depth) { normalize(x, y, depth); });
  }
  if (op.scale(op.output()) != 1.0F / 128 || op.zero_point(op.output()) != 0)
    op.fail("its output must have scale 1/128 and zero point 0");
  return row_by_row<int8_t>(
      op, [zero_point = op.zero_point(op.input(0))](const int8_t* x, int8_t* y, int64_t depth) {
        normalize(x, y, depth, zero_point);
      });
}

}  // namespace nudge::tflite
