// The end of every int8 convolution: bias, per-channel factor, zero point, clamp.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/tflite/operator_kernel.h"
#include "nudge/tflite/requantize.h"

namespace nudge::tflite {

// For the sums of `input` and `weights`, which have one scale or one for each index of `dimension`; `bias` is
// the index of an optional input.
Requantization channel_output(const Preparation& op, const TfLiteTensor& input, const TfLiteTensor& weights,
                              int32_t dimension, size_t bias, int64_t channels, FusedActivation activation);

// A constant bias, zeros where the operator has none; checked for its length.
std::vector<int32_t> integer_bias(const Preparation& op, size_t input, int64_t channels);
std::vector<float> float_bias(const Preparation& op, size_t input, int64_t channels);

}  // namespace nudge::tflite
