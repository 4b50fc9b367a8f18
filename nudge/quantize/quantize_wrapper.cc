#include "nudge/quantize/quantize_wrapper.h"

#include <nlohmann/json.hpp>

#include "nudge/base/json_member.h"
#include "nudge/graph/registry.h"
#include "nudge/ops/expansion.h"
#include "nudge/quantize/quantizer_slot.h"

namespace nudge::quantize {

QuantizeWrapper::QuantizeWrapper(QuantizeWrapperOptions options)
    : ClonableLayer(options.name.empty() ? "quant_" + options.layer->name() : options.name,
                    "QuantizeWrapperV2"),
      layer_(std::move(options.layer)),
      slots_(std::move(options.slots)),
      quantize_config_(std::move(options.quantize_config)) {
  Layer::set_trainable(layer_->trainable());
}

QuantizeWrapper::QuantizeWrapper(const QuantizeWrapper& other)
    : ClonableLayer(other),
      QuantizedLayer(other),
      layer_(other.layer_->clone()),
      slots_(other.slots_),
      quantize_config_(other.quantize_config_) {}

Json QuantizeWrapper::config() const {
  Json json = base_config();
  json["layer"] = layer_->serialized();
  json["quantize_config"] = quantize_config_;
  json["slots"] = Json::array();
  for (const QuantizerSlot& slot : slots_) json["slots"].push_back(to_json(slot));
  return json;
}

LayerPtr QuantizeWrapper::from_config(const Json& config) {
  const std::string name = text_member(config, "name", "QuantizeWrapperV2: ", "");
  const std::string who = "layer '" + name + "' (QuantizeWrapperV2): ";
  const Json& layer = object_member(config, "layer", who);
  QuantizeWrapperOptions options{
      .layer = layer_from_config(text_member(layer, "class_name", who), object_member(layer, "config", who)),
      .slots = {},
      .quantize_config = text_member(config, "quantize_config", who, ""),
      .name = name};
  for (const Json& slot : array_member(config, "slots", who)) {
    options.slots.push_back(slot_from_json(slot, who));
  }
  auto wrapper = std::make_shared<QuantizeWrapper>(std::move(options));
  wrapper->set_trainable(flag_member(config, "trainable", who, true));
  return wrapper;
}

std::vector<Shape> QuantizeWrapper::output_shapes(const std::vector<Shape>& inputs) const {
  return layer_->output_shapes(inputs);
}

void QuantizeWrapper::expand(ops::Expansion& call) const {
  call.outputs(call.expand(*layer_, call.inputs()));
}

std::vector<Weight*> QuantizeWrapper::all_weights() const {
  std::vector<Weight*> all = layer_->weights();
  for (Weight* own : Layer::all_weights()) all.push_back(own);
  return all;
}

void QuantizeWrapper::initialize(uint64_t seed) { layer_->initialize(seed); }

void QuantizeWrapper::set_trainable(bool trainable) {
  Layer::set_trainable(trainable);
  layer_->set_trainable(trainable);
}

void QuantizeWrapper::build_weights(const std::vector<Shape>& inputs) {
  layer_->build(inputs);
  add_weight("optimizer_step", {}, Initializer::constant(-1), false);
  for (const QuantizerSlot& slot : slots_) {
    if (!has_variables(slot)) continue;
    const QuantizerOptions& options = slot.quantizer->options();
    const Shape shape =
        slot.place == Place::kWeight ? range_shape(options, layer_->weight(slot.name).shape) : Shape{};
    add_weight(slot.name + "_min", shape, Initializer::constant(static_cast<double>(options.init_min)),
               false);
    add_weight(slot.name + "_max", shape, Initializer::constant(static_cast<double>(options.init_max)),
               false);
  }
  Random unused(0);
  for (Weight* range : Layer::all_weights()) {
    range->value = Array(range->shape);
    range->initializer.fill(range->value, unused);
  }
}

}  // namespace nudge::quantize
