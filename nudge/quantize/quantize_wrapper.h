// A layer with its quantizers around it: TFMOT's QuantizeWrapperV2.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/layer.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::quantize {

struct QuantizeWrapperOptions {
  LayerPtr layer;                    // wrapped as it is, not copied
  std::vector<QuantizerSlot> slots;  // weights first, then pre_activation, post_activation, output
  std::string quantize_config;       // the class of the QuantizeConfig that chose them, for summaries
  std::string name;                  // empty: "quant_" and the layer's name
};

// Weights: the layer's (trainable, then not), optimizer_step, then NAME_min and NAME_max of each slot that
// has a range of its own.  They have values as soon as the wrapper is built.
class QuantizeWrapper : public ClonableLayer<QuantizeWrapper>, public QuantizedLayer {
 public:
  explicit QuantizeWrapper(QuantizeWrapperOptions options);
  QuantizeWrapper(const QuantizeWrapper& other);

  std::string class_name() const override { return "QuantizeWrapperV2"; }
  std::string module() const override { return "nudge"; }
  // The wrapped layer as {"module", "class_name", "config"} under "layer", and the slots.
  Json config() const override;
  static LayerPtr from_config(const Json& config);

  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;
  void expand(ops::Expansion& call) const override;
  void initialize(uint64_t seed) override;
  void set_trainable(bool trainable) override;
  void begin_training_step() override { layer_->begin_training_step(); }

  std::vector<QuantizerSlot>& slots() override { return slots_; }
  const std::vector<QuantizerSlot>& slots() const override { return slots_; }
  const LayerPtr& inner() const override { return layer_; }
  const std::string& quantize_config() const { return quantize_config_; }

 protected:
  std::vector<Weight*> all_weights() const override;
  void build_weights(const std::vector<Shape>& inputs) override;

 private:
  LayerPtr layer_;
  std::vector<QuantizerSlot> slots_;
  std::string quantize_config_;
};

}  // namespace nudge::quantize
