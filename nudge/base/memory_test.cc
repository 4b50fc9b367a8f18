#include "nudge/base/memory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <limits>
#include <new>

namespace nudge {
namespace {

TEST(Memory, IsAlignedAndWritableToItsEnd) {
  for (const size_t bytes : {size_t{0}, size_t{1}, size_t{63}, size_t{64}, size_t{4097}, size_t{5} << 20,
                             (size_t{6} << 20) - 1, size_t{6} << 20, (size_t{7} << 20) + 1}) {
    const Memory memory = allocate_memory(bytes);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory.get()) % 64, 0u) << bytes;
    std::memset(memory.get(), 0x5a, bytes);
    if (bytes > 0) {
      EXPECT_EQ(memory.get()[bytes - 1], std::byte{0x5a});
    }
  }
}

TEST(Memory, MoreThanThereIsThrows) {
  EXPECT_THROW(allocate_memory(std::numeric_limits<size_t>::max()), std::bad_alloc);
  EXPECT_THROW(allocate_memory(std::numeric_limits<size_t>::max() / 2), std::bad_alloc);
  EXPECT_THAT([] { allocate_memory(size_t{1} << 60); },
              testing::ThrowsMessage<std::bad_alloc>("out of memory: 1099511627776.0 MB are needed at once"));
}

}  // namespace
}  // namespace nudge
