#include "nudge/base/memory.h"

#include <sys/mman.h>

#include <cstdio>
#include <cstdlib>
#include <new>

namespace nudge {
namespace {

constexpr size_t kAlignment = 64;
constexpr size_t kHugePage = size_t{2} << 20;
// From here on less than a third is lost to the last page.
constexpr size_t kLarge = 3 * kHugePage;

class OutOfMemory : public std::bad_alloc {
 public:
  explicit OutOfMemory(size_t bytes) {
    std::snprintf(message_, sizeof(message_), "out of memory: %.1f MB are needed at once",
                  static_cast<double>(bytes) / (1 << 20));
  }
  const char* what() const noexcept override { return message_; }

 private:
  char message_[80];  // a string would want memory
};

}  // namespace

void FreeMemory::operator()(std::byte* bytes) const { std::free(bytes); }

Memory allocate_memory(size_t bytes) {
  const size_t alignment = bytes >= kLarge ? kHugePage : kAlignment;
  const size_t rounded = bytes == 0 ? alignment : (bytes + alignment - 1) / alignment * alignment;
  Memory memory(static_cast<std::byte*>(std::aligned_alloc(alignment, rounded)));
  // Overflowed when rounding, or more than there is.
  if (rounded < bytes || memory == nullptr) throw OutOfMemory(bytes);
  // A hint: systems without huge pages refuse it.
  if (alignment == kHugePage) ::madvise(memory.get(), rounded, MADV_HUGEPAGE);
  return memory;
}

}  // namespace nudge
