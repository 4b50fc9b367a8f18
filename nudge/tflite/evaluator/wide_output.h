// The end of products of 16-bit codes: bias, per-channel factor, clamp.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/tflite/evaluator/operator_kernel.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

struct WideOutput {
  std::vector<int64_t> bias;
  std::vector<Multiplier> factors;
  bool narrow = false;  // sums of 32 bits that wrap, as an operator with an int32 bias has
  ActivationRange<int32_t> range{INT16_MIN, INT16_MAX};

  int64_t sum(int64_t products, int64_t channel) const {
    const int64_t sum = products + bias[static_cast<size_t>(channel)];
    return narrow ? static_cast<int32_t>(sum) : sum;
  }
  int16_t code(int64_t products, int64_t channel) const {
    const Multiplier factor = factors[static_cast<size_t>(channel)];
    const int64_t whole = sum(products, channel);
    const int32_t value =
        narrow ? multiply(static_cast<int32_t>(whole), factor) : multiply_wide(whole, factor);
    return static_cast<int16_t>(std::clamp(value, range.low, range.high));
  }
};

// As channel_output(), of int16 codes around 0 and int8 weights.
WideOutput wide_output(const Preparation& op, const TfLiteTensor& input, const TfLiteTensor& weights,
                       int32_t dimension, size_t bias, int64_t channels, FusedActivation activation);

}  // namespace nudge::tflite
