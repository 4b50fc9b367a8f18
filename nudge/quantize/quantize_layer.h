// Puts a float tensor on a grid: the identity with one quantizer.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/layer.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::quantize {

struct QuantizeLayerOptions {
  QuantizerPtr quantizer;
  std::string name;  // empty: "quantize_layer", ...
};

// Its one slot and so its variables are called as the layer itself: quantize_layer_min, quantize_layer_max,
// optimizer_step, in TFMOT's order.
class QuantizeLayer : public ClonableLayer<QuantizeLayer>, public QuantizedLayer {
 public:
  explicit QuantizeLayer(QuantizeLayerOptions options);

  std::string class_name() const override { return "QuantizeLayer"; }
  std::string module() const override { return "nudge"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;

  std::vector<QuantizerSlot>& slots() override { return slots_; }
  const std::vector<QuantizerSlot>& slots() const override { return slots_; }
  // Null.
  const LayerPtr& inner() const override { return none_; }

 protected:
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  std::vector<QuantizerSlot> slots_;
  LayerPtr none_;
};

}  // namespace nudge::quantize
