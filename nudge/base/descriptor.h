// An open file of the system's, closed with this object.
#pragma once

#include <unistd.h>

namespace nudge {

class Descriptor {
 public:
  // What open() gave; negative: nothing to close.
  explicit Descriptor(int fd) : fd_(fd) {}
  ~Descriptor() {
    if (fd_ >= 0) ::close(fd_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return fd_; }

 private:
  int fd_;
};

}  // namespace nudge
