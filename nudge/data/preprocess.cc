#include "nudge/data/preprocess.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <utility>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

constexpr std::pair<const char*, Preprocess> kWords[] = {{"none", Preprocess::kNone},
                                                         {"tf", Preprocess::kTf},
                                                         {"caffe", Preprocess::kCaffe},
                                                         {"torch", Preprocess::kTorch},
                                                         {"rescale", Preprocess::kRescale}};

// Nothing where there is more or less than a number.
std::optional<float> number(const std::string& text) {
  float value = 0;
  const char* end = text.data() + text.size();
  const auto [at, failure] = std::from_chars(text.data(), end, value);
  if (failure != std::errc() || at != end) return std::nullopt;
  return value;
}

}  // namespace

Preprocess Preprocess::linear(float scale, float offset) {
  if (!std::isfinite(scale) || !std::isfinite(offset) || scale == 0.0f) {
    throw ValueError(
        fmt::format("preprocessing {},{}: pixels are multiplied by the first number, which must not be 0, "
                    "then the second is added",
                    scale, offset));
  }
  Preprocess result(Kind::kLinear);
  result.scale_ = scale;
  result.offset_ = offset;
  return result;
}

std::optional<Preprocess::Line> Preprocess::line() const {
  switch (kind_) {
    case Kind::kNone:
      return Line{1.0f, 0.0f};
    case Kind::kTf:
      return Line{1.0f / 127.5f, -1.0f};
    case Kind::kRescale:
      return Line{1.0f / 255.0f, 0.0f};
    case Kind::kLinear:
      return Line{scale_, offset_};
    case Kind::kCaffe:
    case Kind::kTorch:
      break;
  }
  return std::nullopt;
}

void Preprocess::apply(std::span<float> values, int64_t channels) const {
  if (!line() && channels != 3) {
    throw ValueError("preprocessing '" + to_string(*this) + "' needs 3 channels, given " +
                     std::to_string(channels));
  }
  // The constants and the order of operations are keras.applications.imagenet_utils'.
  switch (kind_) {
    case Kind::kNone:
      break;
    case Kind::kTf:
      for (float& value : values) value = value / 127.5f - 1.0f;
      break;
    case Kind::kRescale:
      for (float& value : values) value *= 1.0f / 255.0f;
      break;
    case Kind::kLinear:
      for (float& value : values) value = value * scale_ + offset_;
      break;
    case Kind::kCaffe:
      for (size_t i = 0; i + 2 < values.size(); i += 3) {
        const float red = values[i];
        values[i] = values[i + 2] - 103.939f;
        values[i + 1] -= 116.779f;
        values[i + 2] = red - 123.68f;
      }
      break;
    case Kind::kTorch:
      for (size_t i = 0; i + 2 < values.size(); i += 3) {
        values[i] = (values[i] / 255.0f - 0.485f) / 0.229f;
        values[i + 1] = (values[i + 1] / 255.0f - 0.456f) / 0.224f;
        values[i + 2] = (values[i + 2] / 255.0f - 0.406f) / 0.225f;
      }
      break;
  }
}

std::string to_string(const Preprocess& preprocess) {
  for (const auto& [word, known] : kWords) {
    if (preprocess == known) return word;
  }
  return fmt::format("{},{}", preprocess.scale_, preprocess.offset_);
}

Preprocess preprocess_from_string(const std::string& text) {
  for (const auto& [word, known] : kWords) {
    if (text == word) return known;
  }
  const size_t comma = text.find(',');
  if (comma != std::string::npos) {
    const auto scale = number(text.substr(0, comma)), offset = number(text.substr(comma + 1));
    if (scale && offset) return Preprocess::linear(*scale, *offset);
  }
  throw ValueError("unknown preprocessing '" + text +
                   "': use none, rescale, tf, caffe, torch, or SCALE,OFFSET such as 0.0078431373,-1");
}

}  // namespace nudge::data
