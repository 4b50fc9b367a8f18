// Keras's ReLU with its three knobs.
#pragma once

#include <optional>

#include "nudge/graph/layer.h"

namespace nudge::layers {

// f(x) = max_value                        where x >= max_value
//        x                                where threshold <= x < max_value
//        negative_slope * (x - threshold) elsewhere
struct ReLUOptions {
  std::optional<double> max_value = std::nullopt;  // 6 makes a ReLU6; without one there is no ceiling
  double negative_slope = 0.0;                     // not negative
  double threshold = 0.0;                          // not negative
  std::string name = "";                           // empty: "re_lu", ...
};

class ReLU : public ClonableLayer<ReLU> {
 public:
  // Throws ValueError on options out of range.
  explicit ReLU(ReLUOptions options = {});

  std::string class_name() const override { return "ReLU"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const ReLUOptions& options() const { return options_; }

 private:
  ReLUOptions options_;
};

Tensor relu(const Tensor& x, ReLUOptions options = {});

}  // namespace nudge::layers
