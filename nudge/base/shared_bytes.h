// Memory that a process shares with those it forks, and that either side can make larger.
#pragma once

#include <cstddef>

namespace nudge {

// Copied by fork() as it stands: both sides then see the same bytes, each where it has mapped them.
class SharedBytes {
 public:
  // Throws OutputError where the system gives none.
  SharedBytes();
  ~SharedBytes();
  SharedBytes(const SharedBytes&) = delete;
  SharedBytes& operator=(const SharedBytes&) = delete;

  // The bytes, at least `size` of them; earlier pointers are no longer valid.  New bytes are 0.  Throws
  // std::bad_alloc.
  std::byte* at_least(size_t size);

 private:
  int file_ = -1;
  std::byte* bytes_ = nullptr;
  size_t size_ = 0;  // of what this side has mapped
};

}  // namespace nudge
