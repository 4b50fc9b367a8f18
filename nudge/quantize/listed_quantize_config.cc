#include "nudge/quantize/listed_quantize_config.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::quantize {
namespace {

Json quantizer_json(const QuantizerPtr& quantizer) {
  if (quantizer == nullptr) return nullptr;
  return {{"class_name", quantizer->class_name()}, {"config", quantizer->config()}};
}

QuantizerPtr quantizer_from_json(const Json& json) {
  if (json.is_null()) return nullptr;
  return quantizer_from_config(text_member(json, "class_name", ""), object_member(json, "config", ""));
}

}  // namespace

ListedQuantizeConfig::ListedQuantizeConfig(std::string class_name, ListedQuantizers quantizers)
    : class_name_(std::move(class_name)), quantizers_(std::move(quantizers)) {}

Json ListedQuantizeConfig::config() const {
  Json weights = Json::object();
  for (const auto& [weight, quantizer] : quantizers_.weights) weights[weight] = quantizer_json(quantizer);
  Json inside = Json::object();
  for (const auto& [place, quantizer] : quantizers_.inside) inside[place] = quantizer_json(quantizer);
  return {{"weights", weights},
          {"inside", inside},
          {"pre_activation", quantizer_json(quantizers_.pre_activation)},
          {"post_activation", quantizer_json(quantizers_.post_activation)},
          {"output", quantizer_json(quantizers_.output)}};
}

QuantizeConfigPtr ListedQuantizeConfig::from_config(const std::string& class_name, const Json& config) {
  ListedQuantizers quantizers;
  try {
    const Json weights = config.value("weights", Json::object());
    for (const auto& [weight, json] : weights.items()) {
      quantizers.weights.push_back({weight, quantizer_from_json(json)});
    }
    const Json inside = config.value("inside", Json::object());
    for (const auto& [place, json] : inside.items()) {
      quantizers.inside.push_back({place, quantizer_from_json(json)});
    }
    quantizers.pre_activation = quantizer_from_json(config.value("pre_activation", Json()));
    quantizers.post_activation = quantizer_from_json(config.value("post_activation", Json()));
    quantizers.output = quantizer_from_json(config.value("output", Json()));
  } catch (const nlohmann::json::exception& error) {
    throw InputError("quantize config '" + class_name + "' is not valid: " + plain_words(error));
  }
  return std::make_shared<ListedQuantizeConfig>(class_name, std::move(quantizers));
}

ListedQuantizers quantizers_of(const QuantizeConfig& config, const Layer& layer) {
  return {.weights = config.weight_quantizers(layer),
          .pre_activation = config.pre_activation_quantizer(layer),
          .post_activation = config.post_activation_quantizer(layer),
          .output = config.output_quantizer(layer),
          .inside = config.inside_quantizers(layer)};
}

}  // namespace nudge::quantize
