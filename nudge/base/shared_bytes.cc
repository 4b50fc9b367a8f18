#include "nudge/base/shared_bytes.h"

#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <new>

#include "nudge/base/error.h"

namespace nudge {

SharedBytes::SharedBytes() : file_(::memfd_create("nudge-shared", MFD_CLOEXEC)) {
  if (file_ < 0) throw_output_errno("shared memory", "cannot be made");
}

SharedBytes::~SharedBytes() {
  if (bytes_ != nullptr) ::munmap(bytes_, size_);
  ::close(file_);
}

std::byte* SharedBytes::at_least(size_t size) {
  constexpr size_t kStep = size_t{1} << 16;
  const size_t wanted = (size + kStep - 1) / kStep * kStep;
  if (wanted <= size_) return bytes_;
  struct stat state {};
  if (::fstat(file_, &state) != 0) throw std::bad_alloc();
  // The other side may have made it larger already.
  if (static_cast<size_t>(state.st_size) < wanted && ::ftruncate(file_, static_cast<off_t>(wanted)) != 0)
    throw std::bad_alloc();
  void* mapped = ::mmap(nullptr, wanted, PROT_READ | PROT_WRITE, MAP_SHARED, file_, 0);
  if (mapped == MAP_FAILED) throw std::bad_alloc();
  if (bytes_ != nullptr) ::munmap(bytes_, size_);
  bytes_ = static_cast<std::byte*>(mapped);
  size_ = wanted;
  return bytes_;
}

}  // namespace nudge
