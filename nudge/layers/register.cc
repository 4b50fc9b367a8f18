#include "nudge/layers/register.h"

#include <fmt/format.h>

#include <mutex>

#include "nudge/graph/registry.h"
#include "nudge/layers/layers.h"

namespace nudge::layers {

void register_layers() {
  static std::once_flag once;
  std::call_once(once, [] {
    register_layer("InputLayer", InputLayer::from_config);
    register_layer("Activation", Activation::from_config);
    register_layer("Add", Add::from_config);
    register_layer("AlphaDropout", AlphaDropout::from_config);
    register_layer("AveragePooling2D", AveragePooling2D::from_config);
    register_layer("BatchNormalization", BatchNormalization::from_config);
    register_layer("Concatenate", Concatenate::from_config);
    register_layer("Conv2D", Conv2D::from_config);
    register_layer("Dense", Dense::from_config);
    register_layer("DepthwiseConv2D", DepthwiseConv2D::from_config);
    register_layer("Dropout", Dropout::from_config);
    register_layer("Flatten", Flatten::from_config);
    register_layer("GaussianDropout", GaussianDropout::from_config);
    register_layer("GaussianNoise", GaussianNoise::from_config);
    register_layer("GlobalAveragePooling2D", GlobalAveragePooling2D::from_config);
    register_layer("GlobalMaxPooling2D", GlobalMaxPooling2D::from_config);
    register_layer("LeakyReLU", LeakyReLU::from_config);
    register_layer("MaxPooling2D", MaxPooling2D::from_config);
    register_layer("Maximum", Maximum::from_config);
    register_layer("Multiply", Multiply::from_config);
    register_layer("ReLU", ReLU::from_config);
    register_layer("Rescaling", Rescaling::from_config);
    register_layer("Reshape", Reshape::from_config);
    register_layer("Softmax", Softmax::from_config);
    for (const int dimensions : {1, 2, 3}) {
      register_layer(fmt::format("SpatialDropout{}D", dimensions), [dimensions](const Json& config) {
        return SpatialDropout::from_config(dimensions, config);
      });
    }
    register_layer("StochasticDepth", StochasticDepth::from_config);
    register_layer("UpSampling2D", UpSampling2D::from_config);
    register_layer("ZeroPadding2D", ZeroPadding2D::from_config);
  });
}

}  // namespace nudge::layers
