// From pixel values 0..255 to what a network expects, as keras.applications' preprocess_input does.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>

namespace nudge::data {

class Preprocess {
 public:
  static const Preprocess kNone;     // as they are
  static const Preprocess kTf;       // x / 127.5 - 1: MobileNet, MobileNetV2, Inception, Xception, NASNet
  static const Preprocess kCaffe;    // BGR with ImageNet's channel means taken away: VGG, ResNet
  static const Preprocess kTorch;    // x / 255, then ImageNet's means and deviations: DenseNet
  static const Preprocess kRescale;  // x / 255

  // x * scale + offset.  Throws ValueError unless both are finite and the scale is not 0.
  static Preprocess linear(float scale, float offset);

  Preprocess() = default;  // kNone

  // What all channels have in common: x * scale + offset.  None where each channel has its own.
  struct Line {
    float scale;
    float offset;
  };
  std::optional<Line> line() const;

  // Changes `values`, whose innermost dimension is `channels` long, in place.
  // Throws ValueError when kCaffe or kTorch is asked for other than 3 channels.
  void apply(std::span<float> values, int64_t channels) const;

  bool operator==(const Preprocess&) const = default;

 private:
  enum class Kind { kNone, kTf, kCaffe, kTorch, kRescale, kLinear };
  explicit constexpr Preprocess(Kind kind) : kind_(kind) {}
  friend std::string to_string(const Preprocess& preprocess);

  Kind kind_ = Kind::kNone;
  float scale_ = 1.0f, offset_ = 0.0f;  // of kLinear
};

inline constexpr Preprocess Preprocess::kNone{Kind::kNone};
inline constexpr Preprocess Preprocess::kTf{Kind::kTf};
inline constexpr Preprocess Preprocess::kCaffe{Kind::kCaffe};
inline constexpr Preprocess Preprocess::kTorch{Kind::kTorch};
inline constexpr Preprocess Preprocess::kRescale{Kind::kRescale};

// "none", "tf", "caffe", "torch", "rescale", or "SCALE,OFFSET" with digits enough to come back.
std::string to_string(const Preprocess& preprocess);
// Throws ValueError on anything else.
Preprocess preprocess_from_string(const std::string& text);

}  // namespace nudge::data
