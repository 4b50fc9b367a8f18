// Small parts of a large file, read where they are looked at: what is passed over is never read.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "nudge/base/input_file.h"

namespace nudge::data {

class FileWindow {
 public:
  static constexpr uint64_t kMost = 4096;  // bytes at once

  explicit FileWindow(const std::string& path) : file_(path) {}

  const InputFile& file() const { return file_; }
  uint64_t size() const { return file_.size(); }

  // At most kMost bytes from that offset, good until the next call.  Throws InputError where the file ends
  // before.
  std::string_view at(uint64_t offset, uint64_t count);

 private:
  InputFile file_;
  std::array<std::byte, kMost> bytes_{};
  uint64_t begin_ = 0, end_ = 0;  // of the file, what bytes_ holds
};

}  // namespace nudge::data
