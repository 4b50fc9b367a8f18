// The end of every convolution of 8-bit codes: bias, per-channel factor, zero point, clamp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nudge/tflite/evaluator/integer_product.h"
#include "nudge/tflite/evaluator/operator_kernel.h"
#include "nudge/tflite/evaluator/requantize.h"

namespace nudge::tflite {

// For the sums of `input` and `weights`, which have one scale or one for each index of `dimension`; `bias` is
// the index of an optional input.
Requantization channel_output(const Preparation& op, const TfLiteTensor& input, const TfLiteTensor& weights,
                              int32_t dimension, size_t bias, int64_t channels, FusedActivation activation);

// A constant bias, zeros where the operator has none; checked for its length.
std::vector<int32_t> integer_bias(const Preparation& op, size_t input, int64_t channels);
std::vector<int64_t> wide_bias(const Preparation& op, size_t input, int64_t channels);
std::vector<float> float_bias(const Preparation& op, size_t input, int64_t channels);

// Rows of 8-bit weights, packed for products; `codes` points at their first.
PackedWeights pack_weights(const Preparation& op, const TfLiteTensor& weights, const std::byte* codes,
                           int64_t rows, int64_t depth);

// 8-bit weights less their zero point, as they lie in the tensor.
std::vector<int16_t> centered_weights(const Preparation& op, const TfLiteTensor& weights);

}  // namespace nudge::tflite
