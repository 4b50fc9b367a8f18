// Memory that grows once and is kept: training returns no pages between its steps.
#pragma once

#include <cstddef>
#include <vector>

#include "nudge/base/memory.h"

namespace nudge::plan {

// 64-byte aligned bytes.
class Buffer {
 public:
  size_t capacity() const { return capacity_; }
  // At least this many bytes; what they held is lost when they grow.
  std::byte* reserve(size_t bytes);

  template <typename T>
  T* as() const {
    return reinterpret_cast<T*>(bytes_.get());
  }

 private:
  Memory bytes_;
  size_t capacity_ = 0;
};

// Buffers that are needed for a while only.  A backward pass that asks for the same sizes in the same
// order as the one before allocates nothing.
class BufferPool {
 public:
  // The smallest free buffer that is big enough, else the largest free one grown.
  Buffer acquire(size_t bytes);
  void release(Buffer buffer);

 private:
  std::vector<Buffer> free_;  // by capacity
};

}  // namespace nudge::plan
