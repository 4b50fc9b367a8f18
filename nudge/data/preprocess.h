// From pixel values 0..255 to what a network expects, as keras.applications' preprocess_input does.
#pragma once

#include <cstdint>
#include <span>
#include <string>

namespace nudge::data {

enum class Preprocess {
  kNone,     // as they are
  kTf,       // x / 127.5 - 1: MobileNet, MobileNetV2, Inception, Xception, ResNetV2, NASNet
  kCaffe,    // BGR with ImageNet's channel means taken away: VGG, ResNet
  kTorch,    // x / 255, then ImageNet's means and deviations: DenseNet
  kRescale,  // x / 255
};

// "none", "tf", "caffe", "torch", "rescale".
std::string to_string(Preprocess mode);
// Throws ValueError on another word.
Preprocess preprocess_from_string(const std::string& word);

// Changes `values`, whose innermost dimension is `channels` long, in place.
// Throws ValueError when kCaffe or kTorch is asked for other than 3 channels.
void preprocess(std::span<float> values, int64_t channels, Preprocess mode);

}  // namespace nudge::data
