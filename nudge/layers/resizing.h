// Keras's Resizing: images to a given size.
#pragma once

#include "nudge/layers/option_types.h"
#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

struct ResizingOptions {
  Size2 size = 1;  // height, width
  Interpolation interpolation = Interpolation::kBilinear;
  std::string name = "";  // empty: "resizing", ...
};

class Resizing : public StatelessLayer<Resizing> {
 public:
  explicit Resizing(ResizingOptions options);

  std::string class_name() const override { return "Resizing"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const ResizingOptions& options() const { return options_; }

 private:
  ResizingOptions options_;
};

Tensor resizing(const Tensor& x, ResizingOptions options);

}  // namespace nudge::layers
