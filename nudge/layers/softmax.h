// Keras's Softmax along one axis.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct SoftmaxOptions {
  int64_t axis = -1;      // the dimension that sums to 1; negative counts from the back
  std::string name = "";  // empty: "softmax", ...
};

class Softmax : public ClonableLayer<Softmax> {
 public:
  explicit Softmax(SoftmaxOptions options = {});

  std::string class_name() const override { return "Softmax"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const SoftmaxOptions& options() const { return options_; }

 private:
  SoftmaxOptions options_;
};

Tensor softmax(const Tensor& x, SoftmaxOptions options = {});

}  // namespace nudge::layers
