// Memory that is kept from step to step: training returns no pages between them.
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

// Buffers that are needed for a while only.  A pass that asks for the same sizes in the same order as the one
// before finds them all.
class BufferPool {
 public:
  // The smallest free buffer that is big enough and not much bigger, else a new one.
  Buffer acquire(size_t bytes);
  void release(Buffer buffer);
  // Frees the buffers that nobody acquired since the last call; those in use stay.
  void free_unused();
  size_t free_bytes() const;

 private:
  struct Free {
    Buffer buffer;
    bool used = true;  // since the last free_unused()
  };
  std::vector<Free> free_;  // by capacity
};

}  // namespace nudge::plan
