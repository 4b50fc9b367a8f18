#include <fmt/format.h>
#include <gif_lib.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/data/codecs.h"

namespace nudge::data {
namespace {

using Bytes = std::span<const std::byte>;

// Reads no further than the first picture, so that a film costs what its first frame does.
class GifDecoder {
 public:
  GifDecoder(Bytes bytes, const std::string& name) : left_(bytes), size_(bytes.size()), name_(name) {
    int error = 0;
    file_ = DGifOpen(this, on_read, &error);
    if (file_ == nullptr) fail(error);
  }
  ~GifDecoder() { DGifCloseFile(file_, nullptr); }
  GifDecoder(const GifDecoder&) = delete;
  GifDecoder& operator=(const GifDecoder&) = delete;

  ImageSize canvas() const { return {file_->SHeight, file_->SWidth}; }

  Array pixels() {
    seek_picture();
    const GifImageDesc frame = file_->Image;
    const ColorMapObject* colours = frame.ColorMap != nullptr ? frame.ColorMap : file_->SColorMap;
    if (colours == nullptr) fail("it has no colours");
    const ImageSize size = canvas();
    check_bytes(size);
    if (frame.Left < 0 || frame.Top < 0 || frame.Width < 1 || frame.Height < 1 ||
        frame.Left + frame.Width > size.width || frame.Top + frame.Height > size.height) {
      fail("its first frame does not lie within it");
    }
    Array image({size.height, size.width, 3}, DataType::kUInt8);
    fill_around(image, frame);
    std::vector<GifPixelType> line(static_cast<size_t>(frame.Width));
    for (const int y : rows(frame)) {
      if (DGifGetLine(file_, line.data(), frame.Width) == GIF_ERROR) fail(file_->Error);
      uint8_t* to = image.data<uint8_t>() + ((frame.Top + y) * size.width + frame.Left) * 3;
      for (const GifPixelType index : line) to = put(*colours, index, to);
    }
    return image;
  }

 private:
  // A code of 12 bits stands for 4,096 pixels at most.
  void check_bytes(ImageSize size) const {
    if (size.height * size.width > static_cast<int64_t>(size_) * 4096) fail("too few bytes for its size");
  }

  // Passes over comments and the like; what they say of the first frame's transparency does not matter.
  void seek_picture() {
    GifRecordType record = UNDEFINED_RECORD_TYPE;
    do {
      if (DGifGetRecordType(file_, &record) == GIF_ERROR) fail(file_->Error);
      if (record == TERMINATE_RECORD_TYPE) fail("it holds no picture");
      if (record == EXTENSION_RECORD_TYPE) skip_extension();
    } while (record != IMAGE_DESC_RECORD_TYPE);
    if (DGifGetImageDesc(file_) == GIF_ERROR) fail(file_->Error);
  }

  void skip_extension() {
    int code = 0;
    GifByteType* block = nullptr;
    bool good = DGifGetExtension(file_, &code, &block) != GIF_ERROR;
    while (good && block != nullptr) good = DGifGetExtensionNext(file_, &block) != GIF_ERROR;
    if (!good) fail(file_->Error);
  }

  // What a first frame smaller than the picture leaves free has the picture's background.
  void fill_around(Array& image, const GifImageDesc& frame) const {
    const bool whole = frame.Width == file_->SWidth && frame.Height == file_->SHeight;
    if (whole || file_->SColorMap == nullptr) return;
    const int64_t pixels = image.size() / 3;
    uint8_t* to = image.data<uint8_t>();
    for (int64_t i = 0; i < pixels; ++i) {
      to = put(*file_->SColorMap, static_cast<GifPixelType>(file_->SBackGroundColor), to);
    }
  }

  // A picture's rows in the order of the file: interlaced ones come in four passes.
  static std::vector<int> rows(const GifImageDesc& frame) {
    std::vector<int> order;
    const auto pass = [&](int first, int step) {
      for (int y = first; y < frame.Height; y += step) order.push_back(y);
    };
    if (!frame.Interlace) {
      pass(0, 1);
      return order;
    }
    pass(0, 8);
    pass(4, 8);
    pass(2, 4);
    pass(1, 2);
    return order;
  }

  // Colours that the table lacks are black.
  static uint8_t* put(const ColorMapObject& colours, GifPixelType index, uint8_t* to) {
    const GifColorType none{0, 0, 0};
    const GifColorType& colour = index < colours.ColorCount ? colours.Colors[index] : none;
    *to++ = colour.Red;
    *to++ = colour.Green;
    *to++ = colour.Blue;
    return to;
  }

  static int on_read(GifFileType* file, GifByteType* to, int count) {
    auto* self = static_cast<GifDecoder*>(file->UserData);
    const size_t taken = std::min(self->left_.size(), static_cast<size_t>(std::max(count, 0)));
    if (taken > 0) std::memcpy(to, self->left_.data(), taken);
    self->left_ = self->left_.subspan(taken);
    return static_cast<int>(taken);
  }

  [[noreturn]] void fail(int error) const {
    const char* reason = GifErrorString(error);
    fail(reason != nullptr ? reason : "unknown error");
  }
  [[noreturn]] void fail(const char* reason) const {
    throw InputError(
        fmt::format("{}: the GIF is damaged or truncated ({}); replace or remove it", name_, reason));
  }

  Bytes left_;
  size_t size_;
  const std::string& name_;
  GifFileType* file_ = nullptr;
};

}  // namespace

ImageSize gif_size(Bytes bytes, const std::string& name) { return GifDecoder(bytes, name).canvas(); }

Array decode_gif(Bytes bytes, const std::string& name, const DecodeOptions& options) {
  GifDecoder decoder(bytes, name);
  check_pixels(decoder.canvas(), options.max_pixels, name);
  return decoder.pixels();
}

}  // namespace nudge::data
