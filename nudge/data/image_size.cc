#include "nudge/data/image_size.h"

#include <fmt/format.h>

#include "nudge/base/error.h"

namespace nudge::data {

std::string to_string(ImageSize size) { return fmt::format("{}x{}", size.width, size.height); }

void check_image_size(ImageSize size) {
  constexpr int64_t kMost = 8192;
  if (size.height >= 1 && size.width >= 1 && size.height <= kMost && size.width <= kMost) return;
  throw ValueError(fmt::format("image size {} is impossible: each side must be between 1 and {} pixels",
                               to_string(size), kMost));
}

}  // namespace nudge::data
