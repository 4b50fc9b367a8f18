// Keras's Normalization: features less their mean, over their standard deviation, both fixed.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct NormalizationOptions {
  std::vector<double> mean;  // empty: weights that a file brings (Keras's adapt())
  std::vector<double> variance;
  bool invert = false;    // the other way: times the deviation, plus the mean
  std::string name = "";  // empty: "normalization", ...
};

class Normalization : public ClonableLayer<Normalization> {
 public:
  explicit Normalization(NormalizationOptions options = {});

  std::string class_name() const override { return "Normalization"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const NormalizationOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  NormalizationOptions options_;
};

Tensor normalization(const Tensor& x, NormalizationOptions options = {});

}  // namespace nudge::layers
