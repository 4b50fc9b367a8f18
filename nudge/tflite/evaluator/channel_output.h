// The end of every convolution of 8-bit codes: bias, per-channel factor, zero point, clamp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "nudge/tflite/evaluator/block_product.h"
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

// Rows of weights, packed for products: 8-bit ones, floats, and int8 ones of 16-bit codes.  The pointer is at
// their first; nothing is packed where op.only_checks().
PackedWeights pack_weights(const Preparation& op, const TfLiteTensor& weights, const std::byte* codes,
                           int64_t rows, int64_t depth);
FloatWeights pack_floats(const Preparation& op, const std::byte* values, int64_t rows, int64_t depth);
BlockWeights<int8_t> pack_wide(const Preparation& op, const std::byte* codes, int64_t rows, int64_t depth);

// 8-bit weights less their zero point, as they lie in the tensor; none where op.only_checks().
std::vector<int16_t> centered_weights(const Preparation& op, const TfLiteTensor& weights);

}  // namespace nudge::tflite
