#include "nudge/data/channels.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

// ITU-R 601's weights in 1/65536, whose sum is one: grey stays as it is.
uint8_t luma(const uint8_t* rgb) {
  return static_cast<uint8_t>((rgb[0] * 19595u + rgb[1] * 38470u + rgb[2] * 7471u + 0x8000u) >> 16);
}
float luma(const float* rgb) { return 0.299f * rgb[0] + 0.587f * rgb[1] + 0.114f * rgb[2]; }

template <typename T>
void convert(const T* from, int64_t pixels, int64_t channels, T* to) {
  if (channels == 1) {
    for (int64_t i = 0; i < pixels; ++i) to[i] = luma(from + 3 * i);
  } else {
    for (int64_t i = 0; i < pixels; ++i) to = std::fill_n(to, channels, from[i]);
  }
}

}  // namespace

void check_channels(int64_t from, int64_t to, const std::string& what) {
  if (from == to || (from == 3 && to == 1) || (from == 1 && to == 3)) return;
  throw ValueError(fmt::format("{} have {} channels, which cannot be given as {}", what, from, to));
}

Array with_channels(const Array& picture, int64_t channels) {
  const int64_t height = picture.shape().at(0);
  const int64_t width = picture.shape().at(1);
  const int64_t given = picture.shape().at(2);
  check_channels(given, channels, "pictures");
  if (given == channels) return picture;
  Array result({height, width, channels}, picture.type());
  if (picture.type() == DataType::kFloat32) {
    convert(picture.data<float>(), height * width, channels, result.data<float>());
  } else {
    convert(picture.data<uint8_t>(), height * width, channels, result.data<uint8_t>());
  }
  return result;
}

}  // namespace nudge::data
