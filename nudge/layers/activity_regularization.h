// Keras's ActivityRegularization: the values that pass add to the loss of training.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct ActivityRegularizationOptions {
  double l1 = 0.0;        // times the sum of magnitudes, divided by the batch
  double l2 = 0.0;        // times the sum of squares, divided by the batch
  std::string name = "";  // empty: "activity_regularization", ...
};

class ActivityRegularization : public ClonableLayer<ActivityRegularization> {
 public:
  // Throws ValueError on a factor that is negative or infinite.
  explicit ActivityRegularization(ActivityRegularizationOptions options);

  std::string class_name() const override { return "ActivityRegularization"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  const ActivityRegularizationOptions& options() const { return options_; }

 private:
  ActivityRegularizationOptions options_;
};

Tensor activity_regularization(const Tensor& x, ActivityRegularizationOptions options);

}  // namespace nudge::layers
