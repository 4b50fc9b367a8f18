// The numbers of the Edge TPU and of its compiler 16.0 that the check uses, and where each comes from.
#pragma once

#include <cstdint>

namespace nudge::edgetpu {

// The memory for activations: 16 tiles of 192 KiB (source of libedgetpu).
inline constexpr int64_t kActivationMemory = int64_t{16} * 192 * 1024;

// The largest value between operators of a model that was compiled: 512 x 512 x 96, in a MobileNetV2 of 1,024
// x 1,024 pixels.  Other models of that size failed (google-coral/edgetpu issue 157).
inline constexpr int64_t kLargestKnownActivation = int64_t{24} * 1024 * 1024;

// On-chip memory left for parameters beside the program, as compilers have reported it: between these.
inline constexpr int64_t kLeastParameterMemory = int64_t{6} * 1024 * 1024;
inline constexpr int64_t kMostParameterMemory = int64_t{79} * 1024 * 1024 / 10;

// The largest softmax that is known to be mapped; the documentation says 16,000.
inline constexpr int64_t kLargestSoftmax = 16384;
// Dense layers of 100,000 outputs are not mapped; the largest that are known to be have a few thousand.
inline constexpr int64_t kLargestDense = 65536;
// A mean over 256 x 128 pixels is not mapped (google-coral/edgetpu issue 461).
inline constexpr int64_t kLargestMean = 32768;
// Resizing by 2 is mapped, by 15.5 (33 to 513 pixels) and by 33 is not; nothing is known between.
inline constexpr int64_t kLargestResizeFactor = 8;

// The newest operator of the format's list that compiler 16.0 can parse: ASSIGN_VARIABLE.
inline constexpr int32_t kNewestOperator = 144;

}  // namespace nudge::edgetpu
