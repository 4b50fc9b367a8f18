#include <fmt/format.h>
#include <webp/decode.h>
#include <webp/demux.h>

#include <algorithm>
#include <memory>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/data/codecs.h"
#include "nudge/data/exif.h"

namespace nudge::data {
namespace {

using Bytes = std::span<const std::byte>;

[[noreturn]] void fail(const std::string& name, const char* reason) {
  throw InputError(
      fmt::format("{}: the WEBP is damaged or truncated ({}); replace or remove it", name, reason));
}

const uint8_t* data(Bytes bytes) { return reinterpret_cast<const uint8_t*>(bytes.data()); }

WebPBitstreamFeatures features(Bytes bytes, const std::string& name) {
  WebPBitstreamFeatures found;
  if (WebPGetFeatures(data(bytes), bytes.size(), &found) != VP8_STATUS_OK) fail(name, "its header");
  return found;
}

Array still(Bytes bytes, ImageSize size, const std::string& name) {
  Array image({size.height, size.width, 3}, DataType::kUInt8);
  if (WebPDecodeRGBInto(data(bytes), bytes.size(), image.data<uint8_t>(), static_cast<size_t>(image.size()),
                        static_cast<int>(3 * size.width)) == nullptr) {
    fail(name, "its pixels");
  }
  return image;
}

Array first_frame(Bytes bytes, ImageSize size, const std::string& name) {
  const WebPData file{data(bytes), bytes.size()};
  const std::unique_ptr<WebPAnimDecoder, decltype(&WebPAnimDecoderDelete)> decoder(
      WebPAnimDecoderNew(&file, nullptr), &WebPAnimDecoderDelete);
  uint8_t* rgba = nullptr;
  int timestamp = 0;
  if (decoder == nullptr || WebPAnimDecoderGetNext(decoder.get(), &rgba, &timestamp) == 0) {
    fail(name, "its first frame");
  }
  Array image({size.height, size.width, 3}, DataType::kUInt8);
  uint8_t* to = image.data<uint8_t>();
  for (int64_t i = 0; i < image.size() / 3; ++i, rgba += 4, to += 3) std::copy_n(rgba, 3, to);
  return image;
}

}  // namespace

ImageSize webp_size(Bytes bytes, const std::string& name) {
  const WebPBitstreamFeatures found = features(bytes, name);
  ImageSize size{found.height, found.width};
  if (is_sideways(webp_orientation(bytes))) std::swap(size.height, size.width);
  return size;
}

Array decode_webp(Bytes bytes, const std::string& name, const DecodeOptions& options) {
  const WebPBitstreamFeatures found = features(bytes, name);
  const ImageSize size{found.height, found.width};
  check_pixels(size, options.max_pixels, name);
  const Array image = found.has_animation != 0 ? first_frame(bytes, size, name) : still(bytes, size, name);
  return turn_upright(image, webp_orientation(bytes));
}

}  // namespace nudge::data
