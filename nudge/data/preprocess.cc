#include "nudge/data/preprocess.h"

#include <utility>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

constexpr Preprocess kModes[] = {Preprocess::kNone, Preprocess::kTf, Preprocess::kCaffe, Preprocess::kTorch,
                                 Preprocess::kRescale};

}  // namespace

std::string to_string(Preprocess mode) {
  switch (mode) {
    case Preprocess::kTf:
      return "tf";
    case Preprocess::kCaffe:
      return "caffe";
    case Preprocess::kTorch:
      return "torch";
    case Preprocess::kRescale:
      return "rescale";
    case Preprocess::kNone:
      break;
  }
  return "none";
}

Preprocess preprocess_from_string(const std::string& word) {
  for (const Preprocess mode : kModes) {
    if (word == to_string(mode)) return mode;
  }
  throw ValueError("unknown preprocessing '" + word + "': use none, tf, caffe, torch or rescale");
}

void preprocess(std::span<float> values, int64_t channels, Preprocess mode) {
  const bool needs_rgb = mode == Preprocess::kCaffe || mode == Preprocess::kTorch;
  if (needs_rgb && channels != 3) {
    throw ValueError("preprocessing '" + to_string(mode) + "' needs 3 channels, given " +
                     std::to_string(channels));
  }
  // The constants and the order of operations are keras.applications.imagenet_utils'.
  switch (mode) {
    case Preprocess::kNone:
      break;
    case Preprocess::kTf:
      for (float& value : values) value = value / 127.5f - 1.0f;
      break;
    case Preprocess::kRescale:
      for (float& value : values) value *= 1.0f / 255.0f;
      break;
    case Preprocess::kCaffe:
      for (size_t i = 0; i + 2 < values.size(); i += 3) {
        const float red = values[i];
        values[i] = values[i + 2] - 103.939f;
        values[i + 1] -= 116.779f;
        values[i + 2] = red - 123.68f;
      }
      break;
    case Preprocess::kTorch:
      for (size_t i = 0; i + 2 < values.size(); i += 3) {
        values[i] = (values[i] / 255.0f - 0.485f) / 0.229f;
        values[i + 1] = (values[i + 1] / 255.0f - 0.456f) / 0.224f;
        values[i + 2] = (values[i + 2] / 255.0f - 0.406f) / 0.225f;
      }
      break;
  }
}

}  // namespace nudge::data
