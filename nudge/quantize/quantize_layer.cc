#include "nudge/quantize/quantize_layer.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/ops/expansion.h"
#include "nudge/quantize/quantizer_slot.h"

namespace nudge::quantize {

QuantizeLayer::QuantizeLayer(QuantizeLayerOptions options)
    : ClonableLayer(std::move(options.name), "QuantizeLayer") {
  slots_.push_back(QuantizerSlot{.place = Place::kOutput,
                                 .name = name(),
                                 .quantizer = std::move(options.quantizer),
                                 .range_of = "",
                                 .inference_only = false,
                                 .progress = {}});
}

Json QuantizeLayer::config() const {
  Json json = base_config();
  json["slots"] = Json::array({to_json(slots_.front())});
  return json;
}

LayerPtr QuantizeLayer::from_config(const Json& config) {
  const std::string name = text_member(config, "name", "QuantizeLayer: ", "");
  const std::string who = "layer '" + name + "' (QuantizeLayer): ";
  const Json& slots = array_member(config, "slots", who);
  if (slots.size() != 1) {
    throw InputError(who + "has one quantizer slot, the file gives " + std::to_string(slots.size()));
  }
  QuantizerSlot slot = slot_from_json(slots.front(), who);
  auto layer =
      std::make_shared<QuantizeLayer>(QuantizeLayerOptions{.quantizer = slot.quantizer, .name = name});
  layer->slots_.front() = std::move(slot);
  layer->set_trainable(flag_member(config, "trainable", who, true));
  return layer;
}

std::vector<Shape> QuantizeLayer::output_shapes(const std::vector<Shape>& inputs) const {
  return {single_input(inputs)};
}

void QuantizeLayer::expand(ops::Expansion& call) const {
  call.output(call.add(ops::Identity{}, {call.input()}));
}

void QuantizeLayer::build_weights(const std::vector<Shape>&) {
  const QuantizerSlot& slot = slots_.front();
  if (has_variables(slot)) {
    const QuantizerOptions& options = slot.quantizer->options();
    add_weight(slot.name + "_min", {}, Initializer::constant(static_cast<double>(options.init_min)), false);
    add_weight(slot.name + "_max", {}, Initializer::constant(static_cast<double>(options.init_max)), false);
  }
  add_weight("optimizer_step", {}, Initializer::constant(-1), false);
  initialize(0);
}

}  // namespace nudge::quantize
