#include "nudge/kernels/cpu/scratch.h"

#include <array>

#include "nudge/base/memory.h"

namespace nudge::kernels {
namespace {

struct Buffer {
  Memory bytes;
  int64_t capacity = 0;  // in floats
};

}  // namespace

float* scratch_floats(Scratch purpose, int64_t count) {
  thread_local std::array<Buffer, static_cast<size_t>(Scratch::kCount)> buffers;
  Buffer& buffer = buffers[static_cast<size_t>(purpose)];
  if (buffer.capacity < count) {
    buffer.bytes.reset();
    buffer.capacity = 0;
    buffer.bytes = allocate_memory(static_cast<size_t>(count) * sizeof(float));
    buffer.capacity = count;
  }
  return reinterpret_cast<float*>(buffer.bytes.get());
}

}  // namespace nudge::kernels
