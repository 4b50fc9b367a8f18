#include "nudge/data/resize.h"

#include <algorithm>
#include <cmath>
#include <vector>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

// Which two inputs an output lies between, and how far along.
struct Sample {
  int64_t lower;
  int64_t upper;
  float fraction;
};

std::vector<Sample> samples(int64_t in, int64_t out) {
  const float scale = static_cast<float>(in) / static_cast<float>(out);
  std::vector<Sample> result(static_cast<size_t>(out));
  for (int64_t i = 0; i < out; ++i) {
    const float position = (static_cast<float>(i) + 0.5f) * scale - 0.5f;
    const float floor = std::floor(position);
    Sample& sample = result[static_cast<size_t>(i)];
    sample.lower = std::clamp<int64_t>(static_cast<int64_t>(floor), 0, in - 1);
    sample.upper = std::clamp<int64_t>(static_cast<int64_t>(std::ceil(position)), 0, in - 1);
    sample.fraction = position - floor;
  }
  return result;
}

template <typename T>
void stretch_row(const T* from, const std::vector<Sample>& columns, int64_t channels, float* to) {
  for (const Sample& column : columns) {
    const T* left = from + column.lower * channels;
    const T* right = from + column.upper * channels;
    for (int64_t c = 0; c < channels; ++c) {
      const float start = static_cast<float>(left[c]);
      *to++ = start + (static_cast<float>(right[c]) - start) * column.fraction;
    }
  }
}

// Each input row is stretched once; output rows are blends of two stretched rows.
template <typename T>
void resize_rows(const T* from, int64_t height, int64_t width, int64_t channels, ImageSize size, float* to) {
  const std::vector<Sample> columns = samples(width, size.width);
  const size_t row_size = static_cast<size_t>(size.width * channels);
  std::vector<float> above(row_size);
  std::vector<float> below(row_size);
  int64_t above_row = -1;
  int64_t below_row = -1;
  const auto need = [&](std::vector<float>& row, int64_t& held, int64_t wanted) {
    if (held == wanted) return;
    stretch_row(from + wanted * width * channels, columns, channels, row.data());
    held = wanted;
  };
  for (const Sample& sample : samples(height, size.height)) {
    if (sample.lower == below_row) {
      std::swap(above, below);
      std::swap(above_row, below_row);
    }
    need(above, above_row, sample.lower);
    need(below, below_row, sample.upper);
    const float* top = above.data();
    const float* bottom = below.data();
    for (size_t i = 0; i < row_size; ++i) to[i] = top[i] + (bottom[i] - top[i]) * sample.fraction;
    to += row_size;
  }
}

}  // namespace

Array resize_bilinear(const Array& image, ImageSize size) {
  check_image_size(size);
  const Shape& shape = image.shape();
  if (shape.size() != 3 || image.size() == 0) {
    throw ValueError("an image to resize must be (height, width, channels), given " + to_string(shape));
  }
  Array resized({size.height, size.width, shape[2]}, DataType::kFloat32);
  float* to = resized.data<float>();
  if (image.type() == DataType::kUInt8) {
    resize_rows(image.data<uint8_t>(), shape[0], shape[1], shape[2], size, to);
  } else {
    resize_rows(image.data<float>(), shape[0], shape[1], shape[2], size, to);
  }
  return resized;
}

Array resize_stored(const Array& image, ImageSize size) {
  if (image.shape().size() == 3 && image.shape()[0] == size.height && image.shape()[1] == size.width) {
    return image;
  }
  const Array resized = resize_bilinear(image, size);
  if (image.type() != DataType::kUInt8) return resized;
  Array rounded(resized.shape(), DataType::kUInt8);
  const float* from = resized.data<float>();
  uint8_t* to = rounded.data<uint8_t>();
  for (int64_t i = 0; i < resized.size(); ++i) to[i] = static_cast<uint8_t>(from[i] + 0.5f);
  return rounded;
}

}  // namespace nudge::data
