// SOFTMAX over the last dimension; in int8 by fixed-point exponential and reciprocal.
#include <cmath>

#include "nudge/tflite/integer_functions.h"
#include "nudge/tflite/operator_kernel.h"

namespace nudge::tflite {
namespace {

struct Scaling {
  Multiplier factor;  // from a difference of codes to Q5.26
  int32_t least;      // smaller differences count as exp = 0
};

void softmax_row(const int8_t* x, int8_t* y, int64_t depth, const Scaling& scaling) {
  const int32_t top = *std::max_element(x, x + depth);
  const auto scaled = [&](int32_t difference) {
    return high_product(shift_left(difference, scaling.factor.e), scaling.factor.q);
  };
  int32_t sum = 0;
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t difference = x[i] - top;
    if (difference < scaling.least) continue;
    sum = wrapping_sum(sum, rounding_shift_right(exponential(scaled(difference)), 12));
  }
  const int headroom = leading_zeros(static_cast<uint32_t>(sum));
  const int bits_over_unit = 12 - headroom;
  const auto fraction = static_cast<int32_t>((static_cast<uint32_t>(sum) << headroom) - (1u << 31));
  const int32_t scale = reciprocal_of_one_plus(fraction);
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t difference = x[i] - top;
    if (difference < scaling.least) {
      y[i] = INT8_MIN;
      continue;
    }
    const int32_t value = high_product(scale, exponential(scaled(difference)));
    y[i] = saturate_int8(rounding_shift_right(value, bits_over_unit + 23) - 128);
  }
}

}  // namespace

Kernel prepare_softmax(const Preparation& op) {
  const float beta = op.options_or_default<TfLiteSoftmaxOptions>().beta;
  const Shape shape = op.input(0).shape;
  if (shape.empty() || shape.back() < 1) op.fail("its input has no last dimension");
  if (!std::isfinite(beta) || beta <= 0) op.fail("its beta must be positive");
  op.set_output_shape(shape);
  const int64_t depth = shape.back(), rows = element_count(shape) / depth;
  const size_t in = op.input_index(0), out = op.output_index();
  if (!op.is_int8_operator()) {
    return [=](Arrays& arrays) {
      for (int64_t row = 0; row < rows; ++row) {
        const float* x = arrays[in].data<float>() + row * depth;
        float* y = arrays[out].data<float>() + row * depth;
        const float top = *std::max_element(x, x + depth);
        float sum = 0;
        for (int64_t i = 0; i < depth; ++i) sum += y[i] = std::exp((x[i] - top) * beta);
        for (int64_t i = 0; i < depth; ++i) y[i] /= sum;
      }
    };
  }
  // The runtime takes a scale that is off by this much.
  constexpr float kTolerance = 0.001F / 256;
  if (std::abs(op.scale(op.output()) - 1.0F / 256) > kTolerance || op.zero_point(op.output()) != -128) {
    op.fail("its output must have scale 1/256 and zero point -128");
  }
  const double real = std::min(
      static_cast<double>(beta) * static_cast<double>(op.scale(op.input(0))) * 67108864.0, 2147483647.0);
  const Multiplier factor = quantize_multiplier(real);
  if (factor.e < 0) op.unsupported("its input's scale is too small for the fixed-point softmax");
  const Scaling scaling{factor,
                        -static_cast<int32_t>(std::floor(31.0 * 67108864.0 / std::ldexp(1.0, factor.e)))};
  return [=](Arrays& arrays) {
    for (int64_t row = 0; row < rows; ++row) {
      softmax_row(arrays[in].data<int8_t>() + row * depth, arrays[out].data<int8_t>() + row * depth, depth,
                  scaling);
    }
  };
}

}  // namespace nudge::tflite
