#include "nudge/data/exif.h"

#include <cstdint>
#include <cstring>
#include <optional>

namespace nudge::data {
namespace {

using Bytes = std::span<const std::byte>;

// Numbers of either byte order at any offset; outside the data there are none.
class Reader {
 public:
  Reader(Bytes bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  std::optional<uint32_t> number(size_t offset, size_t width) const {
    if (offset > bytes_.size() || bytes_.size() - offset < width) return std::nullopt;
    uint32_t value = 0;
    for (size_t i = 0; i < width; ++i) {
      const size_t at = offset + (big_endian_ ? i : width - 1 - i);
      value = value << 8 | std::to_integer<uint32_t>(bytes_[at]);
    }
    return value;
  }

 private:
  Bytes bytes_;
  bool big_endian_;
};

bool starts_with(Bytes bytes, const char* text, size_t length) {
  return bytes.size() >= length && std::memcmp(bytes.data(), text, length) == 0;
}

// The orientation field (tag 0x0112, a 16-bit number) of the first directory of a TIFF block.
int tiff_orientation(Bytes tiff) {
  const bool big_endian = starts_with(tiff, "MM", 2);
  if (!big_endian && !starts_with(tiff, "II", 2)) return 1;
  const Reader reader(tiff, big_endian);
  const auto directory = reader.number(4, 4);
  if (reader.number(2, 2) != 42u || !directory) return 1;
  const auto entries = reader.number(*directory, 2);
  for (uint32_t i = 0; entries && i < *entries; ++i) {
    const size_t entry = size_t{*directory} + 2 + size_t{12} * i;
    const auto tag = reader.number(entry, 2);
    if (!tag) return 1;
    if (*tag != 0x0112) continue;
    const auto value = reader.number(entry + 8, 2);
    const bool valid = reader.number(entry + 2, 2) == 3u && value && *value >= 1 && *value <= 8;
    return valid ? static_cast<int>(*value) : 1;
  }
  return 1;
}

// Some programs put the JPEG marker's prefix before the block in other formats too.
int block_orientation(Bytes block) {
  return tiff_orientation(starts_with(block, "Exif\0\0", 6) ? block.subspan(6) : block);
}

}  // namespace

JpegMarkers read_jpeg_markers(Bytes jpeg) {
  JpegMarkers markers;
  const Reader reader(jpeg, true);
  size_t at = 2;
  while (reader.number(at, 1) == 0xFFu) {
    const uint32_t marker = reader.number(at + 1, 1).value_or(0);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const auto length = reader.number(at + 2, 2);
    const bool ends = marker == 0xDA || marker == 0xD9 || !length || *length < 2;
    if (ends || *length > jpeg.size() - (at + 2)) break;
    const Bytes body = jpeg.subspan(at + 4, *length - 2);
    if (marker == 0xE1 && starts_with(body, "Exif\0\0", 6)) {
      markers.orientation = tiff_orientation(body.subspan(6));
    } else if (marker == 0xEE && starts_with(body, "Adobe", 5)) {
      markers.adobe = true;
    }
    at += 2 + *length;
  }
  return markers;
}

int png_orientation(Bytes png) {
  const Reader reader(png, true);
  // A chunk is its length, its name, its content and a checksum.
  for (size_t at = 8;;) {
    const auto length = reader.number(at, 4);
    if (!length || png.size() - at < 12 || *length > png.size() - at - 12) return 1;
    if (starts_with(png.subspan(at + 4), "eXIf", 4)) return block_orientation(png.subspan(at + 8, *length));
    at += size_t{12} + *length;
  }
}

int webp_orientation(Bytes webp) {
  const Reader reader(webp, false);
  // A chunk is its name, its length and its content, padded to an even length.
  for (size_t at = 12;;) {
    const auto length = reader.number(at + 4, 4);
    if (!length || *length > webp.size() - at - 8) return 1;
    if (starts_with(webp.subspan(at), "EXIF", 4)) return block_orientation(webp.subspan(at + 8, *length));
    at += size_t{8} + *length + *length % 2;
  }
}

Array turn_upright(const Array& image, int orientation) {
  if (orientation < 2 || orientation > 8) return image;
  const int64_t height = image.shape()[0];
  const int64_t width = image.shape()[1];
  const int64_t channels = image.shape()[2];
  const bool sideways = is_sideways(orientation);
  const int64_t out_height = sideways ? width : height;
  const int64_t out_width = sideways ? height : width;
  // EXIF 2.32, tag 0x0112: which side of the scene row 0 and column 0 of the file show.
  const bool row_reversed = orientation == 3 || orientation == 4 || orientation == 7 || orientation == 8;
  const bool column_reversed = orientation == 2 || orientation == 3 || orientation == 6 || orientation == 7;
  Array upright({out_height, out_width, channels}, DataType::kUInt8);
  const uint8_t* from = image.data<uint8_t>();
  uint8_t* to = upright.data<uint8_t>();
  for (int64_t y = 0; y < out_height; ++y) {
    for (int64_t x = 0; x < out_width; ++x) {
      const int64_t along = column_reversed ? out_width - 1 - x : x;
      const int64_t down = row_reversed ? out_height - 1 - y : y;
      const int64_t source = sideways ? along * width + down : down * width + along;
      std::memcpy(to, from + source * channels, static_cast<size_t>(channels));
      to += channels;
    }
  }
  return upright;
}

}  // namespace nudge::data
