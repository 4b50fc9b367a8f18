#include "nudge/data/file_window.h"

#include <algorithm>
#include <span>

#include "nudge/base/error.h"

namespace nudge::data {

std::string_view FileWindow::at(uint64_t offset, uint64_t count) {
  if (count > kMost || offset > size() || count > size() - offset) {
    throw InputError(file_.path() + ": ends too early; it is truncated");
  }
  if (offset < begin_ || offset + count > end_) {
    const uint64_t length = std::min(kMost, size() - offset);
    begin_ = end_ = 0;
    file_.read(offset, std::span(bytes_).first(length));
    begin_ = offset;
    end_ = offset + length;
  }
  return {reinterpret_cast<const char*>(bytes_.data()) + (offset - begin_), count};
}

}  // namespace nudge::data
