// Decoding JPEG, PNG, WEBP, GIF and BMP files, which are untrusted: sizes are checked before memory is
// taken, and a damaged or truncated file is an error, never a half-grey picture.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "nudge/base/array.h"
#include "nudge/data/image_size.h"

namespace nudge::data {

struct DecodeOptions {
  // Where the picture will be resized to; {0, 0} asks for its full size.  A JPEG is then decoded at
  // 1/2, 1/4 or 1/8 as long as both sides stay at least this long, which is much faster.
  ImageSize target = {};
  // Larger pictures are refused before anything is allocated (Pillow refuses at the same number).
  int64_t max_pixels = 178'956'970;
};

// The picture as uint8 (height, width, 3) RGB, its format told by its first bytes.  EXIF orientation is
// applied, grey and palettes are expanded, CMYK is converted, 16 bits are cut to 8, and alpha is dropped,
// as TensorFlow does; an animation gives its first frame.  `name` stands in messages.  Throws InputError.
// Safe to call from several threads.
Array decode_image(std::span<const std::byte> bytes, const std::string& name,
                   const DecodeOptions& options = {});
Array read_image(const std::string& path, const DecodeOptions& options = {});

// The upright size, from the header alone; throws InputError.
ImageSize image_size(std::span<const std::byte> bytes, const std::string& name);

inline constexpr const char* kImageExtensions = ".jpg, .jpeg, .png, .webp, .gif or .bmp";
// Files whose names end so, in any case.
bool has_image_extension(const std::string& path);

// A PNG file of a uint8 (height, width, 3) picture; throws ValueError on another array.
std::string encode_png(const Array& image);

}  // namespace nudge::data
