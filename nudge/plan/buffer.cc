#include "nudge/plan/buffer.h"

#include <algorithm>
#include <utility>

namespace nudge::plan {
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
  Buffer buffer;
  auto found = std::lower_bound(free_.begin(), free_.end(), bytes,
                                [](const Buffer& free, size_t wanted) { return free.capacity() < wanted; });
  if (found == free_.end() && !free_.empty()) --found;
  if (found != free_.end()) {
    buffer = std::move(*found);
    free_.erase(found);
  }
  buffer.reserve(bytes);
  return buffer;
}

void BufferPool::release(Buffer buffer) {
  const auto place =
      std::lower_bound(free_.begin(), free_.end(), buffer.capacity(),
                       [](const Buffer& free, size_t capacity) { return free.capacity() < capacity; });
  free_.insert(place, std::move(buffer));
}

}  // namespace nudge::plan
