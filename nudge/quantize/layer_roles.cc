#include "nudge/quantize/layer_roles.h"

#include <algorithm>
#include <array>
#include <string_view>

#include "nudge/layers/activation.h"
#include "nudge/layers/conv2d.h"
#include "nudge/layers/dense.h"
#include "nudge/layers/depthwise_conv2d.h"
#include "nudge/layers/relu.h"
#include "nudge/layers/softmax.h"
#include "nudge/layers/up_sampling2d.h"

namespace nudge::quantize {

using layers::ActivationFunction;

namespace {

template <size_t N>
bool is_one_of(const Layer& layer, const std::array<std::string_view, N>& classes) {
  return std::find(classes.begin(), classes.end(), layer.class_name()) != classes.end();
}

}  // namespace

bool moves_values(const Layer& layer) {
  static constexpr std::array<std::string_view, 6> kMovers{"MaxPooling2D", "GlobalMaxPooling2D", "Flatten",
                                                           "Reshape",      "ZeroPadding2D",      "Dropout"};
  if (is_one_of(layer, kMovers)) return true;
  if (const auto* up = dynamic_cast<const layers::UpSampling2D*>(&layer)) {
    return up->options().interpolation == layers::Interpolation::kNearest;
  }
  const auto* activation = dynamic_cast<const layers::Activation*>(&layer);
  return activation != nullptr && activation->options().activation == ActivationFunction::kLinear;
}

bool keeps_scale(const Layer& layer) {
  static constexpr std::array<std::string_view, 4> kKeepers{"AveragePooling2D", "UpSampling2D", "Concatenate",
                                                            "Maximum"};
  return is_one_of(layer, kKeepers) && !moves_values(layer);
}

ActivationFunction activation_of(const Layer& layer) {
  if (const auto* conv = dynamic_cast<const layers::Conv2D*>(&layer)) return conv->options().activation;
  if (const auto* conv = dynamic_cast<const layers::DepthwiseConv2D*>(&layer)) {
    return conv->options().activation;
  }
  if (const auto* dense = dynamic_cast<const layers::Dense*>(&layer)) return dense->options().activation;
  if (const auto* activation = dynamic_cast<const layers::Activation*>(&layer)) {
    return activation->options().activation;
  }
  return dynamic_cast<const layers::Softmax*>(&layer) != nullptr ? ActivationFunction::kSoftmax
                                                                 : ActivationFunction::kLinear;
}

bool is_convolution(const Layer& layer) {
  static constexpr std::array<std::string_view, 2> kConvolutions{"Conv2D", "DepthwiseConv2D"};
  return is_one_of(layer, kConvolutions);
}

bool is_product(const Layer& layer) { return is_convolution(layer) || layer.class_name() == "Dense"; }

bool is_batch_normalization(const Layer& layer) { return layer.class_name() == "BatchNormalization"; }

bool is_fusable_relu(const Layer& layer) {
  if (const auto* relu = dynamic_cast<const layers::ReLU*>(&layer)) {
    const auto& options = relu->options();
    return options.negative_slope == 0 && options.threshold == 0 && options.max_value.value_or(6.0) == 6.0;
  }
  if (layer.class_name() != "Activation") return false;
  const ActivationFunction function = activation_of(layer);
  return function == ActivationFunction::kRelu || function == ActivationFunction::kRelu6;
}

bool is_tfmot_relu(const Layer& layer) {
  return layer.class_name() == "ReLU" ||
         (layer.class_name() == "Activation" && activation_of(layer) == ActivationFunction::kRelu);
}

}  // namespace nudge::quantize
