#include "nudge/data/image.h"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstring>
#include <string_view>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/data/codecs.h"

namespace nudge::data {
namespace {

using Bytes = std::span<const std::byte>;

bool holds(Bytes bytes, size_t offset, std::string_view text) {
  return bytes.size() >= offset + text.size() &&
         std::memcmp(bytes.data() + offset, text.data(), text.size()) == 0;
}

bool is_jpeg(Bytes bytes) { return holds(bytes, 0, "\xFF\xD8\xFF"); }
bool is_png(Bytes bytes) { return holds(bytes, 0, "\x89PNG\r\n\x1a\n"); }

// What else people keep under an image's name, so that the message can say so.
[[noreturn]] void throw_not_an_image(Bytes bytes, const std::string& name) {
  if (bytes.empty()) throw InputError(name + ": the image is empty (0 bytes); replace or remove it");
  const char* format = nullptr;
  if (holds(bytes, 0, "GIF8")) format = "GIF";
  if (holds(bytes, 0, "RIFF") && holds(bytes, 8, "WEBP")) format = "WEBP";
  if (holds(bytes, 0, "BM")) format = "BMP";
  if (holds(bytes, 0, "II*") || holds(bytes, 0, std::string_view("MM\0*", 4))) format = "TIFF";
  if (format != nullptr) {
    throw InputError(fmt::format("{}: {} images are not read; convert it to JPEG or PNG", name, format));
  }
  throw InputError(name +
                   ": is neither a JPEG nor a PNG image, whatever its name says; replace or remove it");
}

}  // namespace

void check_pixels(ImageSize size, int64_t max_pixels, const std::string& name) {
  if (size.height < 1 || size.width < 1) throw InputError(name + ": the image has no pixels");
  if (size.height <= max_pixels / size.width) return;
  throw InputError(
      fmt::format("{}: the image claims {} pixels, more than {} are refused as a decompression bomb", name,
                  to_string(size), max_pixels));
}

Array decode_image(Bytes bytes, const std::string& name, const DecodeOptions& options) {
  if (is_jpeg(bytes)) return decode_jpeg(bytes, name, options);
  if (is_png(bytes)) return decode_png(bytes, name, options);
  throw_not_an_image(bytes, name);
}

Array read_image(const std::string& path, const DecodeOptions& options) {
  return decode_image(read_file(path), path, options);
}

ImageSize image_size(Bytes bytes, const std::string& name) {
  if (is_jpeg(bytes)) return jpeg_size(bytes, name);
  if (is_png(bytes)) return png_size(bytes, name);
  throw_not_an_image(bytes, name);
}

bool has_image_extension(const std::string& path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string::npos) return false;
  std::string extension = path.substr(dot);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return extension == ".jpg" || extension == ".jpeg" || extension == ".png";
}

}  // namespace nudge::data
