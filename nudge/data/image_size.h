// The height and width of an image in pixels, and the limit on what may be asked for.
#pragma once

#include <cstdint>
#include <string>

namespace nudge::data {

struct ImageSize {
  int64_t height = 0;
  int64_t width = 0;

  bool operator==(const ImageSize&) const = default;
};

// "224x160": width first, as image programs print it.
std::string to_string(ImageSize size);

// Throws ValueError unless both sides are within 1..8192, which keeps a mistyped size from
// asking for all the memory there is.
void check_image_size(ImageSize size);

}  // namespace nudge::data
