// SOFTMAX and LOG_SOFTMAX over the last dimension; in int8 by fixed-point functions.
#include <algorithm>
#include <cmath>
#include <limits>

#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/integer_functions.h"
#include "nudge/tflite/evaluator/wide_functions.h"

namespace nudge::tflite {
namespace {

// From differences of codes to Q5.26.
struct Scaling {
  Multiplier factor;
  int32_t least;  // smaller differences count as exp = 0

  Scaling(const Preparation& op, float beta) {
    const double real = std::min(
        static_cast<double>(beta) * static_cast<double>(op.scale(op.input(0))) * 67108864.0, 2147483647.0);
    factor = quantize_multiplier(real);
    if (factor.e < 0) op.unsupported("its input's scale is too small for the fixed-point softmax");
    least = -static_cast<int32_t>(std::floor(31.0 * 67108864.0 / std::ldexp(1.0, factor.e)));
  }
  int32_t operator()(int32_t difference) const {
    return high_product(shift_left(difference, factor.e), factor.q);
  }
};

// Of exp(x - top), in Q12.19.
template <typename Code>
int32_t sum_of_exponentials(const Code* x, int64_t depth, int32_t top, const Scaling& scaling) {
  int32_t sum = 0;
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t difference = x[i] - top;
    if (difference < scaling.least) continue;
    sum = wrapping_sum(sum, rounding_shift_right(exponential(scaling(difference)), 12));
  }
  return sum;
}

template <typename In, typename Out>
void softmax_row(const In* x, Out* y, int64_t depth, const Scaling& scaling) {
  constexpr int32_t kLowest = std::numeric_limits<Out>::min();
  const int32_t top = *std::max_element(x, x + depth);
  const int32_t sum = sum_of_exponentials(x, depth, top, scaling);
  const int headroom = leading_zeros(static_cast<uint32_t>(sum));
  const int shift = 12 - headroom + 31 - 8 * static_cast<int>(sizeof(Out));
  const auto fraction = static_cast<int32_t>((static_cast<uint32_t>(sum) << headroom) - (1u << 31));
  const int32_t scale = reciprocal_of_one_plus(fraction);
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t difference = x[i] - top;
    if (difference < scaling.least) {
      y[i] = kLowest;
      continue;
    }
    const int32_t value = high_product(scale, exponential(scaling(difference)));
    // The runtime ends the process where the sum leaves no bit: with 512 values as large as the largest.
    const int32_t share = shift > 31 ? 0 : rounding_shift_right(value, shift);
    y[i] = saturate<Out>(int64_t{share} + kLowest);
  }
}

void log_softmax_row(const int8_t* x, int8_t* y, int64_t depth, const Scaling& scaling, Multiplier back) {
  constexpr int kShift = 22;  // from Q5.26 to sixteenths
  const int32_t top = *std::max_element(x, x + depth);
  const int32_t log_of_sum = logarithm(sum_of_exponentials(x, depth, top, scaling));
  // Differences at and below the lowest that Q5.26 can tell give the lowest code.
  const int32_t lowest = std::max(
      scaling.least - 1, multiply(wrapping_sum(log_of_sum, std::numeric_limits<int32_t>::min()), back));
  for (int64_t i = 0; i < depth; ++i) {
    const int32_t difference = x[i] - top;
    y[i] = difference <= lowest
               ? int8_t{INT8_MIN}
               : saturate_int8(rounding_shift_right(scaling(difference) - log_of_sum, kShift) + INT8_MAX);
  }
}

void softmax_row(const float* x, float* y, int64_t depth, float beta) {
  const float top = *std::max_element(x, x + depth);
  float sum = 0;
  for (int64_t i = 0; i < depth; ++i) sum += y[i] = std::exp((x[i] - top) * beta);
  for (int64_t i = 0; i < depth; ++i) y[i] /= sum;
}

void log_softmax_row(const float* x, float* y, int64_t depth) {
  const float top = *std::max_element(x, x + depth);
  float sum = 0;
  for (int64_t i = 0; i < depth; ++i) sum += std::exp(x[i] - top);
  const float log_of_sum = std::log(sum);
  for (int64_t i = 0; i < depth; ++i) y[i] = x[i] - top - log_of_sum;
}

// function(x, y, depth) on each row of the input and the output.
template <typename In, typename Out = In, typename Function>
Kernel row_by_row(const Preparation& op, Function function) {
  const Shape& shape = op.output().shape;
  return [function, depth = shape.back(), rows = element_count(shape) / shape.back(), in = op.input_index(0),
          out = op.output_index()](Arrays& arrays) {
    for (int64_t row = 0; row < rows; ++row)
      function(arrays[in].data<In>() + row * depth, arrays[out].data<Out>() + row * depth, depth);
  };
}

// 16-bit codes: exponentials by a table over [-10, 0], the quotient by one of 1 / (1 + x).
struct WideSoftmax {
  Multiplier factor;
  WideTable exponential{-10, 0, [](double x) { return std::exp(x); }};
  WideTable reciprocal{0, 1, [](double x) { return 1 / (1 + x); }};

  explicit WideSoftmax(double scale) : factor(quantize_multiplier(scale / (10.0 / 65535))) {}

  void operator()(const int16_t* x, int16_t* y, int64_t depth) const {
    const int32_t top = *std::max_element(x, x + depth);
    int32_t sum = 0;
    for (int64_t i = 0; i < depth; ++i) {
      y[i] = exponential(saturate<int16_t>(int64_t{multiply(x[i] - top, factor)} + INT16_MAX));
      sum = wrapping_sum(sum, y[i]);
    }
    // The sum as 1 + x times a power of two.
    const int zeros = leading_zeros(static_cast<uint32_t>(sum)), shift = 31 - zeros;
    const auto scaled = static_cast<int32_t>(((static_cast<int64_t>(sum) << (zeros - 1)) + (1 << 13)) >> 14);
    const int64_t inverse = reciprocal(saturate<int16_t>(int64_t{scaled} - (1 << 15) - (1 << 16)));
    const int64_t half = int64_t{1} << (shift - 1);
    for (int64_t i = 0; i < depth; ++i)
      y[i] = static_cast<int16_t>(std::clamp<int64_t>((y[i] * inverse + half) >> shift, 0, INT16_MAX));
  }
};

void expect_rows(const Preparation& op) {
  const Shape shape = op.input(0).shape;
  if (shape.empty() || shape.back() < 1) op.fail("its input has no last dimension");
  op.set_output_shape(shape);
}

Kernel wide_softmax(const Preparation& op, float beta) {
  constexpr float kTolerance = 0.001F / 32768;
  op.expect_type(op.output(), TensorType::kInt16);
  if (std::abs(op.scale(op.output()) - 1.0F / 32768) > kTolerance || op.zero_point(op.output()) != 0)
    op.fail("its output must have scale 1/32768 and zero point 0");
  const auto scale = static_cast<double>(op.scale(op.input(0)) * beta);  // their product is a float's
  return row_by_row<int16_t>(op, [softmax = WideSoftmax(scale)](const int16_t* x, int16_t* y, int64_t depth) {
    softmax(x, y, depth);
  });
}

}  // namespace

Kernel prepare_softmax(const Preparation& op) {
  const float beta = op.options_or_default<TfLiteSoftmaxOptions>().beta;
  if (!std::isfinite(beta) || beta <= 0) op.fail("its beta must be positive");
  expect_rows(op);
  if (op.is(op.input(0), TensorType::kInt16)) return wide_softmax(op, beta);
  if (op.is(op.output(), TensorType::kInt16)) {
    return for_bytes(op, op.input(0), [&](auto code) {
      using Code = decltype(code);
      return row_by_row<Code, int16_t>(
          op, [scaling = Scaling(op, beta)](const Code* x, int16_t* y, int64_t depth) {
            softmax_row(x, y, depth, scaling);
          });
    });
  }
  if (!op.is_integer_operator()) {
    return row_by_row<float>(
        op, [beta](const float* x, float* y, int64_t depth) { softmax_row(x, y, depth, beta); });
  }
  // The runtime takes a scale that is off by this much, and unsigned codes without a look at theirs.
  constexpr float kTolerance = 0.001F / 256;
  if (op.is(op.output(), TensorType::kInt8) &&
      (std::abs(op.scale(op.output()) - 1.0F / 256) > kTolerance || op.zero_point(op.output()) != -128)) {
    op.fail("its output must have scale 1/256 and zero point -128");
  }
  return for_bytes(op, op.output(), [&](auto code) {
    using Code = decltype(code);
    return row_by_row<Code>(op, [scaling = Scaling(op, beta)](const Code* x, Code* y, int64_t depth) {
      softmax_row(x, y, depth, scaling);
    });
  });
}

Kernel prepare_log_softmax(const Preparation& op) {
  expect_rows(op);
  if (!op.is_integer_operator())
    return row_by_row<float>(op,
                             [](const float* x, float* y, int64_t depth) { log_softmax_row(x, y, depth); });
  op.expect_type(op.output(), TensorType::kInt8);
  if (op.scale(op.output()) != 1.0F / 16 || op.zero_point(op.output()) != INT8_MAX)
    op.fail("its output must have scale 1/16 and zero point 127");
  const Scaling scaling(op, 1);
  const Multiplier back =
      quantize_multiplier(std::ldexp(1.0, 31 - scaling.factor.e) / static_cast<double>(scaling.factor.q));
  return row_by_row<int8_t>(op, [scaling, back](const int8_t* x, int8_t* y, int64_t depth) {
    log_softmax_row(x, y, depth, scaling, back);
  });
}

}  // namespace nudge::tflite
