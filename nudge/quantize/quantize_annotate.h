// A mark on a layer that quantize_apply() turns into quantizers: TFMOT's QuantizeAnnotate.
#pragma once

#include <vector>

#include "nudge/graph/layer.h"
#include "nudge/quantize/quantize_config.h"

namespace nudge::quantize {

// Behaves as the layer it marks and has the same name and weights.
class QuantizeAnnotate : public ClonableLayer<QuantizeAnnotate> {
 public:
  // `config` null: the registry's choice for the layer's class.
  explicit QuantizeAnnotate(LayerPtr layer, QuantizeConfigPtr config = nullptr);
  QuantizeAnnotate(const QuantizeAnnotate& other);

  std::string class_name() const override { return "QuantizeAnnotate"; }
  std::string module() const override { return "nudge"; }
  Json config() const override;
  // Throws UnsupportedError when the annotation had a QuantizeConfig of its own: that is code, not data.
  static LayerPtr from_config(const Json& config);

  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;
  void initialize(uint64_t seed) override;
  void set_trainable(bool trainable) override;

  const LayerPtr& inner() const { return layer_; }
  const QuantizeConfigPtr& quantize_config() const { return config_; }

 protected:
  std::vector<Weight*> all_weights() const override;
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  LayerPtr layer_;
  QuantizeConfigPtr config_;
};

}  // namespace nudge::quantize
