#include "nudge/base/input_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "nudge/base/error.h"

namespace nudge {

InputFile::InputFile(std::string path)
    : path_(std::move(path)), file_(::open(path_.c_str(), O_RDONLY | O_CLOEXEC)) {
  if (file_.get() < 0) throw_input_errno(path_, "cannot be read");
  struct stat status {};
  const bool known = ::fstat(file_.get(), &status) == 0;
  if (known && S_ISREG(status.st_mode)) {
    size_ = static_cast<uint64_t>(status.st_size);
    return;
  }
  if (!known) throw_input_errno(path_, "cannot be read");
  throw InputError(path_ + ": is no plain file, which is needed to read parts of it");
}

void InputFile::read(uint64_t offset, std::span<std::byte> to) const {
  while (!to.empty()) {
    const ssize_t got = ::pread(file_.get(), to.data(), to.size(), static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw_input_errno(path_, "cannot be read");
    if (got == 0)
      throw InputError(path_ + ": ends too early; it is truncated, or was changed while it was read");
    to = to.subspan(static_cast<size_t>(got));
    offset += static_cast<uint64_t>(got);
  }
}

std::vector<std::byte> InputFile::read(uint64_t offset, uint64_t count) const {
  if (offset > size_ || count > size_ - offset) {
    throw InputError(path_ + ": ends too early; it is truncated, or was changed while it was read");
  }
  std::vector<std::byte> bytes(count);
  read(offset, bytes);
  return bytes;
}

}  // namespace nudge
