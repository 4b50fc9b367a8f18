#include <fmt/format.h>
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <utility>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/data/codecs.h"
#include "nudge/data/exif.h"

namespace nudge::data {
namespace {

using Bytes = std::span<const std::byte>;

// libpng leaves its functions by longjmp, which must not pass a destructor: everything it touches lives
// here, the calls that may fail are in functions whose locals are plain, and failure comes back as false.
class PngDecoder {
 public:
  PngDecoder(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, this, on_error, on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw InputError(name_ + ": the PNG decoder could not start");
    }
  }
  ~PngDecoder() { png_destroy_read_struct(&png_, &info_, nullptr); }
  PngDecoder(const PngDecoder&) = delete;
  PngDecoder& operator=(const PngDecoder&) = delete;

  ImageSize header() {
    if (!read_header()) fail();
    return {png_get_image_height(png_, info_), png_get_image_width(png_, info_)};
  }

  // Deflate cannot shrink data by more than 1032:1, so that a header that promises more is lying.
  bool can_hold(ImageSize size) const {
    const double row = static_cast<double>(png_get_rowbytes(png_, info_));
    return row * static_cast<double>(size.height) <= 1032.0 * static_cast<double>(bytes_.size());
  }

  Array pixels(ImageSize size) {
    if (!can_hold(size)) {
      message_ = "too few bytes for its size";
      fail();
    }
    Array image({size.height, size.width, 3}, DataType::kUInt8);
    std::vector<png_bytep> rows(static_cast<size_t>(size.height));
    for (size_t y = 0; y < rows.size(); ++y)
      rows[y] = image.data<uint8_t>() + y * 3 * static_cast<size_t>(size.width);
    if (!read_pixels(rows.data(), 3 * static_cast<size_t>(size.width))) fail();
    return image;
  }

 private:
  bool read_header() {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, this, on_read);
    // Sizes are checked by the caller; text and colour profiles, where bombs hide, are not read, and EXIF is
    // read elsewhere.
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_malloc_max(png_, 1 << 20);
    png_byte skipped[] = "zTXt\0iTXt\0tEXt\0iCCP\0eXIf\0sPLT";
    png_set_keep_unknown_chunks(png_, PNG_HANDLE_CHUNK_NEVER, skipped, 6);
    png_read_info(png_, info_);
    return true;
  }

  bool read_pixels(png_bytepp rows, size_t row_bytes) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_expand(png_);
    png_set_strip_16(png_);
    png_set_strip_alpha(png_);
    png_set_gray_to_rgb(png_);
    png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    if (png_get_rowbytes(png_, info_) != row_bytes) png_error(png_, "unexpected pixel layout");
    png_read_image(png_, rows);
    png_read_end(png_, nullptr);
    return true;
  }

  static void on_error(png_structp png, png_const_charp message) {
    auto* self = static_cast<PngDecoder*>(png_get_error_ptr(png));
    std::strncpy(self->message_buffer_, message, sizeof self->message_buffer_ - 1);
    self->message_ = self->message_buffer_;
    png_longjmp(png, 1);
  }
  static void on_warning(png_structp, png_const_charp) {}
  static void on_read(png_structp png, png_bytep to, size_t count) {
    auto* self = static_cast<PngDecoder*>(png_get_io_ptr(png));
    if (self->bytes_.size() - self->offset_ < count) png_error(png, "the file ends too early");
    std::memcpy(to, self->bytes_.data() + self->offset_, count);
    self->offset_ += count;
  }

  [[noreturn]] void fail() const {
    throw InputError(
        fmt::format("{}: the PNG is damaged or truncated ({}); replace or remove it", name_, message_));
  }

  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  Bytes bytes_;
  size_t offset_ = 0;
  const std::string& name_;
  char message_buffer_[128] = {};
  const char* message_ = "";
};

}  // namespace

ImageSize png_size(Bytes bytes, const std::string& name) {
  ImageSize size = PngDecoder(bytes, name).header();
  if (is_sideways(png_orientation(bytes))) std::swap(size.height, size.width);
  return size;
}

Array decode_png(Bytes bytes, const std::string& name, const DecodeOptions& options) {
  PngDecoder decoder(bytes, name);
  const ImageSize size = decoder.header();
  check_pixels(size, options.max_pixels, name);
  return turn_upright(decoder.pixels(size), png_orientation(bytes));
}

std::string encode_png(const Array& image) {
  if (image.type() != DataType::kUInt8 || image.shape().size() != 3 || image.shape()[2] != 3) {
    throw ValueError("a PNG is written from a uint8 (height, width, 3) array, given " +
                     to_string(image.type()) + " " + to_string(image.shape()));
  }
  png_image header = {};
  header.version = PNG_IMAGE_VERSION;
  header.height = static_cast<png_uint_32>(image.shape()[0]);
  header.width = static_cast<png_uint_32>(image.shape()[1]);
  header.format = PNG_FORMAT_RGB;
  png_alloc_size_t size = PNG_IMAGE_PNG_SIZE_MAX(header);
  std::string bytes(size, '\0');
  if (png_image_write_to_memory(&header, bytes.data(), &size, 0, image.data<uint8_t>(), 0, nullptr) == 0) {
    throw OutputError(fmt::format("a picture of {}x{} cannot be written as PNG: {}", header.width,
                                  header.height, header.message));
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace nudge::data
