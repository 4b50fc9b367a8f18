// TFMOT's QuantizeConfig: which quantizers one layer gets.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/graph/layer.h"
#include "nudge/quantize/quantizer.h"

namespace nudge::quantize {

class QuantizeConfig {
 public:
  virtual ~QuantizeConfig() = default;
  virtual std::string class_name() const = 0;
  virtual Json config() const = 0;

  struct WeightQuantizer {
    std::string weight;
    QuantizerPtr quantizer;
  };
  virtual std::vector<WeightQuantizer> weight_quantizers(const Layer& layer) const = 0;
  // Null: none.  Before the layer's activation function, after it, and on its output.
  virtual QuantizerPtr pre_activation_quantizer(const Layer& layer) const = 0;
  virtual QuantizerPtr post_activation_quantizer(const Layer& layer) const = 0;
  virtual QuantizerPtr output_quantizer(const Layer& layer) const = 0;

  // On values inside a layer that computes several things, named as its expansion names them.
  struct InsideQuantizer {
    std::string place;
    QuantizerPtr quantizer;
  };
  virtual std::vector<InsideQuantizer> inside_quantizers(const Layer&) const { return {}; }
};

using QuantizeConfigPtr = std::shared_ptr<const QuantizeConfig>;

}  // namespace nudge::quantize
