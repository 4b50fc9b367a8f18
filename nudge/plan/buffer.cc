#include "nudge/plan/buffer.h"

#include <algorithm>
#include <numeric>
#include <utility>

namespace nudge::plan {
namespace {

// Up to this size a buffer may stand in for a much smaller one.
constexpr size_t kSmall = size_t{1} << 16;

}  // namespace

std::byte* Buffer::reserve(size_t bytes) {
  if (bytes > capacity_) {
    bytes_.reset();
    capacity_ = 0;
    bytes_ = allocate_memory(bytes);
    capacity_ = bytes;
  }
  return bytes_.get();
}

Buffer BufferPool::acquire(size_t bytes) {
  const auto found = std::lower_bound(free_.begin(), free_.end(), bytes, [](const Free& free, size_t wanted) {
    return free.buffer.capacity() < wanted;
  });
  Buffer buffer;
  if (bytes == 0) return buffer;
  if (found != free_.end() && found->buffer.capacity() <= std::max(2 * bytes, kSmall)) {
    buffer = std::move(found->buffer);
    free_.erase(found);
  }
  buffer.reserve(bytes);
  return buffer;
}

void BufferPool::release(Buffer buffer) {
  if (buffer.capacity() == 0) return;
  const auto place =
      std::lower_bound(free_.begin(), free_.end(), buffer.capacity(),
                       [](const Free& free, size_t capacity) { return free.buffer.capacity() < capacity; });
  free_.insert(place, {.buffer = std::move(buffer)});
}

size_t BufferPool::free_bytes() const {
  return std::accumulate(free_.begin(), free_.end(), size_t{0},
                         [](size_t sum, const Free& free) { return sum + free.buffer.capacity(); });
}

void BufferPool::free_unused() {
  std::erase_if(free_, [](const Free& free) { return !free.used; });
  for (Free& free : free_) free.used = false;
}

}  // namespace nudge::plan
