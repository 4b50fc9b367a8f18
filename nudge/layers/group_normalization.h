// Keras's GroupNormalization: groups of channels to mean 0 and variance 1 within each sample.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct GroupNormalizationOptions {
  int64_t groups = 32;  // -1: every channel its own (instance normalisation)
  double epsilon = 1e-3;
  bool center = true;  // beta is added
  bool scale = true;   // gamma is multiplied
  Initializer beta_initializer = Initializer::zeros();
  Initializer gamma_initializer = Initializer::ones();
  std::string name = "";  // empty: "group_normalization", ...
};

// Its inner values stay float in a file.
class GroupNormalization : public ClonableLayer<GroupNormalization> {
 public:
  explicit GroupNormalization(GroupNormalizationOptions options = {});

  std::string class_name() const override { return "GroupNormalization"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const GroupNormalizationOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  GroupNormalizationOptions options_;
};

Tensor group_normalization(const Tensor& x, GroupNormalizationOptions options = {});

}  // namespace nudge::layers
