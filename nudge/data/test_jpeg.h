// JPEG files made for tests.
#pragma once

#include <turbojpeg.h>

#include <stdexcept>
#include <string>

#include "nudge/base/array.h"

namespace nudge::data {

// `image` is uint8 (height, width, 1, 3 or 4): grey, RGB or CMYK.
inline std::string encode_jpeg(const Array& image, int quality = 95, int flags = 0) {
  const int64_t channels = image.shape()[2];
  const TJPF format = channels == 1 ? TJPF_GRAY : channels == 3 ? TJPF_RGB : TJPF_CMYK;
  const tjhandle handle = tjInitCompress();
  unsigned char* bytes = nullptr;
  unsigned long size = 0;
  const int failed = tjCompress2(handle, image.data<uint8_t>(), static_cast<int>(image.shape()[1]), 0,
                                 static_cast<int>(image.shape()[0]), format, &bytes, &size,
                                 channels == 1 ? TJSAMP_GRAY : TJSAMP_444, quality, flags);
  const std::string result(reinterpret_cast<char*>(bytes), failed == 0 ? size : 0);
  tjFree(bytes);
  tjDestroy(handle);
  if (failed != 0) throw std::runtime_error("the test's JPEG could not be made");
  return result;
}

// The same file with an EXIF block that holds one orientation field.
inline std::string with_orientation(const std::string& jpeg, int orientation, bool big_endian) {
  const auto number = [big_endian](unsigned value, size_t width) {
    std::string bytes;
    for (size_t i = 0; i < width; ++i) {
      const size_t shift = 8 * (big_endian ? width - 1 - i : i);
      bytes.push_back(static_cast<char>(value >> shift & 0xFF));
    }
    return bytes;
  };
  std::string body("Exif\0\0", 6);
  body += big_endian ? "MM" : "II";
  body += number(42, 2) + number(8, 4) + number(1, 2);
  body += number(0x0112, 2) + number(3, 2) + number(1, 4) + number(static_cast<unsigned>(orientation), 2) +
          number(0, 2);
  body += number(0, 4);
  const size_t length = body.size() + 2;
  std::string marker = "\xFF\xE1";
  marker.push_back(static_cast<char>(length >> 8));
  marker.push_back(static_cast<char>(length & 0xFF));
  return jpeg.substr(0, 2) + marker + body + jpeg.substr(2);
}

}  // namespace nudge::data
