#include <fmt/format.h>

#include <algorithm>
#include <bit>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/data/codecs.h"

namespace nudge::data {
namespace {

using Bytes = std::span<const std::byte>;

// Where one colour lies in a pixel of 16 or 32 bits.
struct Channel {
  uint32_t mask = 0;

  uint8_t value(uint32_t pixel) const {
    if (mask == 0) return 0;
    const uint64_t most = mask >> std::countr_zero(mask);
    return static_cast<uint8_t>(((pixel & mask) >> std::countr_zero(mask)) * uint64_t{255} / most);
  }
};

struct PaletteColour {
  uint8_t red = 0, green = 0, blue = 0;
};

// Uncompressed pictures of every depth; all numbers in the file have their low byte first.
class BmpDecoder {
 public:
  BmpDecoder(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) { read_header(); }

  ImageSize size() const { return {height_, width_}; }

  Array pixels() const {
    const int64_t row_bytes = (width_ * bits_ + 31) / 32 * 4;
    const auto room = static_cast<int64_t>(bytes_.size()) - pixels_at_;
    if (room < 0 || height_ > room / row_bytes) fail("the file ends too early");
    const std::vector<PaletteColour> palette = bits_ <= 8 ? read_palette() : std::vector<PaletteColour>{};
    Array image({height_, width_, 3}, DataType::kUInt8);
    uint8_t* to = image.data<uint8_t>();
    for (int64_t y = 0; y < height_; ++y) {
      const int64_t row = pixels_at_ + (top_down_ ? y : height_ - 1 - y) * row_bytes;
      for (int64_t x = 0; x < width_; ++x) {
        const PaletteColour colour = bits_ <= 8 ? palette[index(row, x)] : direct(row, x);
        *to++ = colour.red;
        *to++ = colour.green;
        *to++ = colour.blue;
      }
    }
    return image;
  }

 private:
  enum Compression : uint32_t {
    kNone = 0,
    kRle8 = 1,
    kRle4 = 2,
    kBitFields = 3,
    kJpeg = 4,
    kPng = 5,
    kAlphaBitFields = 6
  };
  static constexpr int64_t kFileHeader = 14;

  uint32_t number(int64_t offset, int width) const {
    const auto end = static_cast<int64_t>(bytes_.size());
    if (offset < 0 || offset > end - width) fail("the file ends too early");
    uint32_t value = 0;
    for (int i = width - 1; i >= 0; --i) {
      value = value << 8 | std::to_integer<uint32_t>(bytes_[static_cast<size_t>(offset + i)]);
    }
    return value;
  }

  void read_header() {
    pixels_at_ = number(10, 4);
    header_bytes_ = number(kFileHeader, 4);
    old_ = header_bytes_ == 12;
    if (!old_ && (header_bytes_ < 40 || header_bytes_ > 1024)) fail("its header");
    if (old_) {
      width_ = number(18, 2);
      height_ = number(20, 2);
      bits_ = number(24, 2);
    } else {
      width_ = static_cast<int32_t>(number(18, 4));
      const int64_t height = static_cast<int32_t>(number(22, 4));
      top_down_ = height < 0;
      height_ = top_down_ ? -height : height;
      bits_ = number(28, 2);
      compression_ = number(30, 4);
      colours_ = number(46, 4);
    }
    if (width_ < 1 || height_ < 1) fail("its size");
    check_kind();
    if (bits_ == 16 || bits_ == 32) read_masks();
  }

  void check_kind() const {
    const bool fields = compression_ == kBitFields || compression_ == kAlphaBitFields;
    const bool direct = bits_ == 16 || bits_ == 32;
    const bool indexed = bits_ == 1 || bits_ == 4 || bits_ == 8;
    if ((compression_ == kNone && (direct || indexed || bits_ == 24)) || (fields && direct)) return;
    const char* kind = compression_ == kRle8 || compression_ == kRle4  ? "run-length coded"
                       : compression_ == kJpeg || compression_ == kPng ? "BMP-wrapped JPEG or PNG"
                                                                       : nullptr;
    if (kind == nullptr) fail(fmt::format("compression {} of {} bits", compression_, bits_));
    throw InputError(fmt::format("{}: {} BMP images are not read; save it as PNG", name_, kind));
  }

  void read_masks() {
    const bool given = compression_ != kNone;
    const int64_t at = kFileHeader + 40;
    red_.mask = given ? number(at, 4) : bits_ == 16 ? 0x7C00u : 0xFF0000u;
    green_.mask = given ? number(at + 4, 4) : bits_ == 16 ? 0x03E0u : 0x00FF00u;
    blue_.mask = given ? number(at + 8, 4) : bits_ == 16 ? 0x001Fu : 0x0000FFu;
    for (const Channel& channel : {red_, green_, blue_}) {
      const uint32_t low = channel.mask == 0 ? 0 : channel.mask >> std::countr_zero(channel.mask);
      if ((low & (low + 1)) != 0 || (bits_ == 16 && channel.mask > 0xFFFF)) fail("its colour masks");
    }
  }

  // Colours that the table lacks are black.
  std::vector<PaletteColour> read_palette() const {
    const int64_t entry = old_ ? 3 : 4;
    const int64_t most = int64_t{1} << bits_;
    const int64_t at = kFileHeader + header_bytes_;
    int64_t count = colours_ == 0 ? most : std::min<int64_t>(colours_, most);
    // Files of the oldest kind leave out what they do not use.
    if (pixels_at_ > at) count = std::min(count, (pixels_at_ - at) / entry);
    std::vector<PaletteColour> palette(static_cast<size_t>(most));
    for (int64_t i = 0; i < count; ++i) {
      const uint32_t bgr = number(at + i * entry, 3);
      palette[static_cast<size_t>(i)] = {static_cast<uint8_t>(bgr >> 16), static_cast<uint8_t>(bgr >> 8),
                                         static_cast<uint8_t>(bgr)};
    }
    return palette;
  }

  size_t index(int64_t row, int64_t x) const {
    const uint32_t byte = number(row + x * bits_ / 8, 1);
    const int64_t shift = 8 - bits_ - x * bits_ % 8;
    return byte >> shift & ((1u << bits_) - 1);
  }

  PaletteColour direct(int64_t row, int64_t x) const {
    const uint32_t pixel = number(row + x * bits_ / 8, static_cast<int>(bits_ / 8));
    if (bits_ == 24) {
      return {static_cast<uint8_t>(pixel >> 16), static_cast<uint8_t>(pixel >> 8),
              static_cast<uint8_t>(pixel)};
    }
    return {red_.value(pixel), green_.value(pixel), blue_.value(pixel)};
  }

  [[noreturn]] void fail(const std::string& reason) const {
    throw InputError(
        fmt::format("{}: the BMP is damaged or truncated ({}); replace or remove it", name_, reason));
  }

  Bytes bytes_;
  const std::string& name_;
  int64_t pixels_at_ = 0;
  int64_t header_bytes_ = 0;
  bool old_ = false;  // OS/2's header of 12 bytes, colours of three
  int64_t width_ = 0;
  int64_t height_ = 0;
  bool top_down_ = false;
  int64_t bits_ = 0;
  uint32_t compression_ = kNone;
  uint32_t colours_ = 0;
  Channel red_, green_, blue_;
};

}  // namespace

ImageSize bmp_size(Bytes bytes, const std::string& name) { return BmpDecoder(bytes, name).size(); }

Array decode_bmp(Bytes bytes, const std::string& name, const DecodeOptions& options) {
  const BmpDecoder decoder(bytes, name);
  check_pixels(decoder.size(), options.max_pixels, name);
  return decoder.pixels();
}

}  // namespace nudge::data
