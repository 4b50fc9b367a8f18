// The CustomScaleLayer of Keras's InceptionResNetV2: the first input plus the second times a number.
#pragma once

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct CustomScaleLayerOptions {
  double scale = 1.0;
  std::string name = "";  // empty: "custom_scale_layer", ...
};

class CustomScaleLayer : public StatelessLayer<CustomScaleLayer> {
 public:
  explicit CustomScaleLayer(CustomScaleLayerOptions options);

  std::string class_name() const override { return "CustomScaleLayer"; }
  std::string module() const override { return "keras.src.applications.inception_resnet_v2"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const CustomScaleLayerOptions& options() const { return options_; }

 private:
  CustomScaleLayerOptions options_;
};

Tensor custom_scale_layer(const std::vector<Tensor>& inputs, CustomScaleLayerOptions options);

}  // namespace nudge::layers
