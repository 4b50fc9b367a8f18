// Keras's TimeDistributed: one layer applied to each step of a sequence.
#pragma once

#include "nudge/graph/layer.h"

namespace nudge::layers {

struct TimeDistributedOptions {
  LayerPtr layer;         // of one input and one output
  std::string name = "";  // empty: "time_distributed", ...
};

// (batch, steps, ...) -> (batch, steps, what the layer makes of one step)
class TimeDistributed : public ClonableLayer<TimeDistributed> {
 public:
  explicit TimeDistributed(TimeDistributedOptions options);
  TimeDistributed(const TimeDistributed& other);

  std::string class_name() const override { return "TimeDistributed"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;
  void initialize(uint64_t seed) override { layer_->initialize(seed); }
  void set_trainable(bool trainable) override;
  void begin_training_step() override { layer_->begin_training_step(); }
  std::string weight_path(const Weight&) const override { return "layer"; }

  const Layer& layer() const { return *layer_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;
  std::vector<Weight*> all_weights() const override { return layer_->weights(); }

 private:
  LayerPtr layer_;
};

}  // namespace nudge::layers
