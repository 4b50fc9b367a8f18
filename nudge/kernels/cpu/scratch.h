// Working memory that each thread keeps from call to call, so that a training step allocates nothing.
#pragma once

#include <cstddef>
#include <cstdint>

namespace nudge::kernels {

enum class Scratch {
  kInput,
  kInputPairs,
  kGradient,
  kGradientPairs,
  kPatches,
  kPatchGradients,
  kKernelGradient,
  kKernelPairs,
  kProduct,
  kSums,
  kPairs,
  kTiles,
  kCount
};

// At least `count` floats, 64-byte aligned, of this thread and this purpose; not cleared.  Valid until the
// same thread asks for the same purpose again.
float* scratch_floats(Scratch purpose, int64_t count);
// The same memory as words.
inline uint32_t* scratch_words(Scratch purpose, int64_t count) {
  return reinterpret_cast<uint32_t*>(scratch_floats(purpose, count));
}

}  // namespace nudge::kernels
