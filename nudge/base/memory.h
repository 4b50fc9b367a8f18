// Memory for many numbers.
#pragma once

#include <cstddef>
#include <memory>

namespace nudge {

struct FreeMemory {
  void operator()(std::byte* bytes) const;
};
using Memory = std::unique_ptr<std::byte, FreeMemory>;

// At least this many bytes, not cleared, 64-byte aligned.  Large blocks ask for huge pages, where the system
// has them: a training step walks through hundreds of megabytes.  Throws std::bad_alloc.
Memory allocate_memory(size_t bytes);

}  // namespace nudge
