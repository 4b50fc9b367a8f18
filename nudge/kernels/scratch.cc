#include "nudge/kernels/scratch.h"

#include <array>
#include <cstdlib>
#include <memory>
#include <new>

namespace nudge::kernels {
namespace {

struct Free {
  void operator()(float* p) const { std::free(p); }
};

struct Buffer {
  std::unique_ptr<float, Free> floats;
  int64_t capacity = 0;
};

}  // namespace

float* scratch_floats(Scratch purpose, int64_t count) {
  thread_local std::array<Buffer, static_cast<size_t>(Scratch::kCount)> buffers;
  Buffer& buffer = buffers[static_cast<size_t>(purpose)];
  if (buffer.capacity < count) {
    const size_t bytes = (static_cast<size_t>(count) * sizeof(float) + 63) / 64 * 64;
    buffer.floats.reset();
    buffer.capacity = 0;
    buffer.floats.reset(static_cast<float*>(std::aligned_alloc(64, bytes)));
    if (!buffer.floats) throw std::bad_alloc();
    buffer.capacity = count;
  }
  return buffer.floats.get();
}

}  // namespace nudge::kernels
