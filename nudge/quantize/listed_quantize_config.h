// A QuantizeConfig that simply lists its quantizers: what the registry gives, and the easy way to a custom
// one.
#pragma once

#include <string>
#include <vector>

#include "nudge/quantize/quantize_config.h"

namespace nudge::quantize {

struct ListedQuantizers {
  std::vector<QuantizeConfig::WeightQuantizer> weights;
  QuantizerPtr pre_activation;
  QuantizerPtr post_activation;
  QuantizerPtr output;
  std::vector<QuantizeConfig::InsideQuantizer> inside;

  bool any_activation() const { return pre_activation || post_activation || output; }
};

class ListedQuantizeConfig : public QuantizeConfig {
 public:
  ListedQuantizeConfig(std::string class_name, ListedQuantizers quantizers);

  std::string class_name() const override { return class_name_; }
  Json config() const override;
  // From what config() gave; throws as quantizer_from_config().
  static QuantizeConfigPtr from_config(const std::string& class_name, const Json& config);

  std::vector<WeightQuantizer> weight_quantizers(const Layer&) const override { return quantizers_.weights; }
  QuantizerPtr pre_activation_quantizer(const Layer&) const override { return quantizers_.pre_activation; }
  QuantizerPtr post_activation_quantizer(const Layer&) const override { return quantizers_.post_activation; }
  QuantizerPtr output_quantizer(const Layer&) const override { return quantizers_.output; }
  std::vector<InsideQuantizer> inside_quantizers(const Layer&) const override { return quantizers_.inside; }

 private:
  std::string class_name_;
  ListedQuantizers quantizers_;
};

// What any config lists for a layer.
ListedQuantizers quantizers_of(const QuantizeConfig& config, const Layer& layer);

}  // namespace nudge::quantize
