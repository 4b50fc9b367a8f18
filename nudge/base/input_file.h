// A file that is read in parts, at any place: for what does not fit into memory, or is not needed whole.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "nudge/base/descriptor.h"

namespace nudge {

// Several threads may read at once.
class InputFile {
 public:
  // Throws InputError naming the path and the cause.
  explicit InputFile(std::string path);

  const std::string& path() const { return path_; }
  // In bytes, when it was opened.
  uint64_t size() const { return size_; }

  // Fills `to` from that offset.  Throws InputError where the file ends before.
  void read(uint64_t offset, std::span<std::byte> to) const;
  std::vector<std::byte> read(uint64_t offset, uint64_t count) const;

 private:
  std::string path_;
  Descriptor file_;
  uint64_t size_ = 0;
};

}  // namespace nudge
