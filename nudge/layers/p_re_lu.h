// Keras's PReLU: a ReLU whose slope below 0 is a weight.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct PReLUOptions {
  Initializer alpha_initializer = Initializer::zeros();
  std::vector<int64_t> shared_axes;  // dimensions, from 1 on, that share a slope
  std::string name = "";             // empty: "p_re_lu", ...
};

class PReLU : public ClonableLayer<PReLU> {
 public:
  explicit PReLU(PReLUOptions options = {});

  std::string class_name() const override { return "PReLU"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const PReLUOptions& options() const { return options_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  PReLUOptions options_;
};

Tensor p_re_lu(const Tensor& x, PReLUOptions options = {});

}  // namespace nudge::layers
