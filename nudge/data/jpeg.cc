#include <fmt/format.h>
#include <turbojpeg.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/data/codecs.h"
#include "nudge/data/exif.h"

namespace nudge::data {
namespace {

using Bytes = std::span<const std::byte>;

struct JpegHeader {
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colours = 0;
};

class JpegDecoder {
 public:
  JpegDecoder(Bytes bytes, const std::string& name)
      : handle_(tjInitDecompress()), bytes_(bytes), name_(name) {
    if (handle_ == nullptr) throw InputError(name_ + ": the JPEG decoder could not start");
  }
  ~JpegDecoder() { tjDestroy(handle_); }
  JpegDecoder(const JpegDecoder&) = delete;
  JpegDecoder& operator=(const JpegDecoder&) = delete;

  JpegHeader header() {
    JpegHeader header;
    const int failed = tjDecompressHeader3(handle_, data(), size(), &header.width, &header.height,
                                           &header.subsampling, &header.colours);
    if (failed != 0 && tjGetErrorCode(handle_) == TJERR_FATAL) fail();
    // A JPEG whose sampling has no name in the library leaves the call failed but the sizes read.
    if (header.width < 1 || header.height < 1) fail();
    return header;
  }

  void decode(uint8_t* to, int width, int height, TJPF format) {
    const int failed =
        tjDecompress2(handle_, data(), size(), to, width, 0, height, format, TJFLAG_LIMITSCANS);
    if (failed != 0 && !is_harmless(tjGetErrorStr2(handle_))) fail();
  }

 private:
  const unsigned char* data() const { return reinterpret_cast<const unsigned char*>(bytes_.data()); }
  unsigned long size() const { return static_cast<unsigned long>(bytes_.size()); }

  // Junk between segments costs no pixels; but only the first warning of a file is kept by the library, so
  // the end of the picture must be there too.
  bool is_harmless(std::string_view warning) const {
    if (tjGetErrorCode(handle_) != TJERR_WARNING) return false;
    constexpr std::byte kEnd[] = {std::byte{0xFF}, std::byte{0xD9}};
    const bool complete =
        std::find_end(bytes_.begin(), bytes_.end(), std::begin(kEnd), std::end(kEnd)) != bytes_.end();
    const bool junk = warning.find("extraneous bytes") != std::string_view::npos ||
                      warning.find("Adobe color transform") != std::string_view::npos ||
                      warning.find("JFIF major revision") != std::string_view::npos;
    return complete && junk;
  }

  [[noreturn]] void fail() const {
    throw InputError(fmt::format("{}: the JPEG is damaged or truncated ({}); replace or remove it", name_,
                                 tjGetErrorStr2(handle_)));
  }

  tjhandle handle_;
  Bytes bytes_;
  const std::string& name_;
};

int scaled(int side, int divisor) { return (side + divisor - 1) / divisor; }

// The largest reduction that leaves both sides at least as long as asked.
int reduction(const JpegHeader& header, ImageSize target) {
  if (target.height <= 0 || target.width <= 0) return 1;
  for (const int divisor : {8, 4, 2}) {
    if (scaled(header.height, divisor) >= target.height && scaled(header.width, divisor) >= target.width) {
      return divisor;
    }
  }
  return 1;
}

// Ink to light: each of red, green and blue is what its ink and black let through.
Array cmyk_to_rgb(const Array& cmyk, bool inverted) {
  Array rgb({cmyk.shape()[0], cmyk.shape()[1], 3}, DataType::kUInt8);
  const uint8_t* ink = cmyk.data<uint8_t>();
  const int flip = inverted ? 0 : 255;
  uint8_t* to = rgb.data<uint8_t>();
  for (int64_t pixel = 0; pixel < rgb.size() / 3; ++pixel, ink += 4, to += 3) {
    const int light = ink[3] ^ flip;
    for (int c = 0; c < 3; ++c) to[c] = static_cast<uint8_t>(((ink[c] ^ flip) * light + 127) / 255);
  }
  return rgb;
}

}  // namespace

ImageSize jpeg_size(Bytes bytes, const std::string& name) {
  const JpegHeader header = JpegDecoder(bytes, name).header();
  ImageSize size{header.height, header.width};
  if (is_sideways(read_jpeg_markers(bytes).orientation)) std::swap(size.height, size.width);
  return size;
}

Array decode_jpeg(Bytes bytes, const std::string& name, const DecodeOptions& options) {
  JpegDecoder decoder(bytes, name);
  const JpegHeader header = decoder.header();
  check_pixels({header.height, header.width}, options.max_pixels, name);
  const JpegMarkers markers = read_jpeg_markers(bytes);
  ImageSize target = options.target;
  if (is_sideways(markers.orientation)) std::swap(target.height, target.width);
  const int divisor = reduction(header, target);
  const int width = scaled(header.width, divisor);
  const int height = scaled(header.height, divisor);
  const bool inks = header.colours == TJCS_CMYK || header.colours == TJCS_YCCK;
  Array image({height, width, inks ? 4 : 3}, DataType::kUInt8);
  decoder.decode(image.data<uint8_t>(), width, height, inks ? TJPF_CMYK : TJPF_RGB);
  return turn_upright(inks ? cmyk_to_rgb(image, markers.adobe) : image, markers.orientation);
}

}  // namespace nudge::data
