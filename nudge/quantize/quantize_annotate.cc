#include "nudge/quantize/quantize_annotate.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/graph/registry.h"
#include "nudge/ops/expansion.h"

namespace nudge::quantize {

QuantizeAnnotate::QuantizeAnnotate(LayerPtr layer, QuantizeConfigPtr config)
    : ClonableLayer(layer->name(), "QuantizeAnnotate"), layer_(std::move(layer)), config_(std::move(config)) {
  Layer::set_trainable(layer_->trainable());
}

QuantizeAnnotate::QuantizeAnnotate(const QuantizeAnnotate& other)
    : ClonableLayer(other), layer_(other.layer_->clone()), config_(other.config_) {}

Json QuantizeAnnotate::config() const {
  Json json = base_config();
  json["layer"] = layer_->serialized();
  json["quantize_config"] = config_ == nullptr ? Json(nullptr) : Json(config_->class_name());
  return json;
}

LayerPtr QuantizeAnnotate::from_config(const Json& config) {
  const std::string name = text_member(config, "name", "QuantizeAnnotate: ", "");
  const std::string who = "layer '" + name + "' (QuantizeAnnotate): ";
  const Json& layer = object_member(config, "layer", who);
  if (config.contains("quantize_config") && !config["quantize_config"].is_null()) {
    throw UnsupportedError(who +
                           "is annotated with a QuantizeConfig of its own, which a file cannot hold; "
                           "apply the quantization before saving");
  }
  auto annotated = std::make_shared<QuantizeAnnotate>(
      layer_from_config(text_member(layer, "class_name", who), object_member(layer, "config", who)));
  annotated->set_trainable(flag_member(config, "trainable", who, true));
  return annotated;
}

std::vector<Shape> QuantizeAnnotate::output_shapes(const std::vector<Shape>& inputs) const {
  return layer_->output_shapes(inputs);
}

void QuantizeAnnotate::expand(ops::Expansion& call) const {
  call.outputs(call.expand(*layer_, call.inputs()));
}

std::vector<Weight*> QuantizeAnnotate::all_weights() const { return layer_->weights(); }

void QuantizeAnnotate::initialize(uint64_t seed) { layer_->initialize(seed); }

void QuantizeAnnotate::set_trainable(bool trainable) {
  Layer::set_trainable(trainable);
  layer_->set_trainable(trainable);
}

void QuantizeAnnotate::build_weights(const std::vector<Shape>& inputs) { layer_->build(inputs); }

}  // namespace nudge::quantize
