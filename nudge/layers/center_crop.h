// Keras's CenterCrop: the middle of images.
#pragma once

#include "nudge/layers/option_types.h"
#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct CenterCropOptions {
  Size2 size = 1;         // height, width
  std::string name = "";  // empty: "center_crop", ...
};

class CenterCrop : public StatelessLayer<CenterCrop> {
 public:
  explicit CenterCrop(CenterCropOptions options);

  std::string class_name() const override { return "CenterCrop"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const CenterCropOptions& options() const { return options_; }

 private:
  CenterCropOptions options_;
};

Tensor center_crop(const Tensor& x, CenterCropOptions options);

}  // namespace nudge::layers
