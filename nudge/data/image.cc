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

// A format is told by how its files begin, whatever their names say.
struct Format {
  bool (*begins)(Bytes bytes);
  Array (*decode)(Bytes bytes, const std::string& name, const DecodeOptions& options);
  ImageSize (*size)(Bytes bytes, const std::string& name);
  bool packs_plain_areas = true;  // into next to nothing
};

constexpr Format kFormats[] = {
    {[](Bytes bytes) { return holds(bytes, 0, "\xFF\xD8\xFF"); }, decode_jpeg, jpeg_size, false},
    {[](Bytes bytes) { return holds(bytes, 0, "\x89PNG\r\n\x1a\n"); }, decode_png, png_size},
    {[](Bytes bytes) { return holds(bytes, 0, "RIFF") && holds(bytes, 8, "WEBP"); }, decode_webp, webp_size},
    {[](Bytes bytes) { return holds(bytes, 0, "GIF87a") || holds(bytes, 0, "GIF89a"); }, decode_gif,
     gif_size},
    {[](Bytes bytes) { return holds(bytes, 0, "BM"); }, decode_bmp, bmp_size},
};

constexpr std::string_view kExtensions[] = {".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp"};

// What else people keep under an image's name, so that the message can say so.
[[noreturn]] void throw_not_an_image(Bytes bytes, const std::string& name) {
  if (bytes.empty()) throw InputError(name + ": the image is empty (0 bytes); replace or remove it");
  const char* format = nullptr;
  if (holds(bytes, 0, "II*") || holds(bytes, 0, std::string_view("MM\0*", 4))) format = "TIFF";
  if (holds(bytes, 4, "ftypheic") || holds(bytes, 4, "ftypmif1")) format = "HEIC";
  if (holds(bytes, 4, "ftypavif")) format = "AVIF";
  if (format != nullptr) {
    throw InputError(fmt::format("{}: {} images are not read; convert it to JPEG or PNG", name, format));
  }
  throw InputError(name +
                   ": is no JPEG, PNG, WEBP, GIF or BMP image, whatever its name says; replace or remove it");
}

// How many pixels a picture of so many bytes may have: megabytes of them in any case, and else those of areas
// a good deal plainer than photos and drawings have.
int64_t most_pixels(size_t bytes) {
  constexpr int64_t kAlways = int64_t{16} << 20, kOfAByte = 128;
  return kAlways + kOfAByte * static_cast<int64_t>(std::min<size_t>(bytes, size_t{1} << 40));
}

const Format& format_of(Bytes bytes, const std::string& name) {
  for (const Format& format : kFormats) {
    if (format.begins(bytes)) return format;
  }
  throw_not_an_image(bytes, name);
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
  const Format& format = format_of(bytes, name);
  DecodeOptions limited = options;
  if (format.packs_plain_areas) limited.max_pixels = std::min(limited.max_pixels, most_pixels(bytes.size()));
  return format.decode(bytes, name, limited);
}

Array read_image(const std::string& path, const DecodeOptions& options) {
  return decode_image(read_file(path), path, options);
}

ImageSize image_size(Bytes bytes, const std::string& name) {
  return format_of(bytes, name).size(bytes, name);
}

bool has_image_extension(const std::string& path) {
  const size_t dot = path.rfind('.');
  if (dot == std::string::npos) return false;
  std::string extension = path.substr(dot);
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::find(std::begin(kExtensions), std::end(kExtensions), extension) != std::end(kExtensions);
}

}  // namespace nudge::data
