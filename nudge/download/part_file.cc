#include "nudge/download/part_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "nudge/base/error.h"

namespace nudge::download {
namespace {

// Whether the descriptor's file still has this name: who held it before may have renamed or removed it.
bool still_named(int fd, const std::string& path) {
  struct stat held {};
  struct stat named {};
  return ::fstat(fd, &held) == 0 && ::stat(path.c_str(), &named) == 0 && held.st_ino == named.st_ino &&
         held.st_dev == named.st_dev;
}

}  // namespace

PartFile::PartFile(std::string path) : path_(std::move(path)) {
  for (;;) {
    fd_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0666);
    if (fd_ < 0) throw_output_errno(path_, "cannot be written");
    while (::flock(fd_, LOCK_EX) != 0) {
      if (errno == EINTR) continue;
      ::close(fd_);
      throw_output_errno(path_, "cannot be locked");
    }
    if (still_named(fd_, path_)) break;
    ::close(fd_);
  }
  struct stat status {};
  if (::fstat(fd_, &status) == 0) size_ = status.st_size;
}

PartFile::~PartFile() { ::close(fd_); }

void PartFile::append(const char* bytes, size_t count) {
  while (count > 0) {
    const ssize_t put = ::write(fd_, bytes, count);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) throw_output_errno(path_, "cannot be written");
    bytes += put;
    count -= static_cast<size_t>(put);
    size_ += put;
  }
}

void PartFile::clear() {
  if (::ftruncate(fd_, 0) != 0) throw_output_errno(path_, "cannot be written");
  size_ = 0;
}

void PartFile::remove() { ::unlink(path_.c_str()); }

void PartFile::finish(const std::string& target) {
  if (::fsync(fd_) != 0) throw_output_errno(path_, "cannot be written");
  if (std::rename(path_.c_str(), target.c_str()) != 0) throw_output_errno(target, "cannot be written");
}

}  // namespace nudge::download
