#include "nudge/quantize/quantize.h"

#include <algorithm>
#include <map>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/graph/clone.h"
#include "nudge/graph/flatten.h"
#include "nudge/graph/layer_pattern.h"
#include "nudge/quantize/default_config.h"
#include "nudge/quantize/placement.h"
#include "nudge/quantize/quantize_annotate.h"
#include "nudge/quantize/quantize_layer.h"
#include "nudge/quantize/quantize_wrapper.h"

namespace nudge::quantize {
namespace {

std::vector<QuantizerSlot> slots_of(const Placed& placed) {
  std::vector<QuantizerSlot> slots;
  const auto add = [&](Place place, const std::string& name, const QuantizerPtr& quantizer) {
    if (quantizer != nullptr) slots.push_back({place, name, quantizer, "", false, {}});
  };
  for (const auto& weight : placed.quantizers.weights) add(Place::kWeight, weight.weight, weight.quantizer);
  for (const auto& inside : placed.quantizers.inside) add(Place::kInside, inside.place, inside.quantizer);
  add(Place::kPreActivation, "pre_activation", placed.quantizers.pre_activation);
  add(Place::kPostActivation, "post_activation", placed.quantizers.post_activation);
  add(Place::kOutput, "output", placed.quantizers.output);
  const bool on_output = !slots.empty() && (slots.back().place == Place::kOutput ||
                                            slots.back().place == Place::kPostActivation);
  if (on_output) {
    slots.back().range_of = placed.shares;
    slots.back().inference_only = placed.skipped_in_training;
  }
  return slots;
}

// Rebuilds the model with wrappers where quantizers were placed.
class Wrapping {
 public:
  explicit Wrapping(const Placement& placement) : placement_(placement) {}

  ModelPtr run() {
    return rewrite_model(placement_.model(), [&](const Node& node, const std::vector<Tensor>& inputs) {
      return node.inputs.empty() ? wrap_input(node) : wrapped(node)->call_all(quantized(inputs));
    });
  }

 private:
  LayerPtr wrapped(const Node& node) {
    LayerPtr& made = layers_[node.layer.get()];
    if (made != nullptr) return made;
    const Placed& placed = placement_.at(node);
    const LayerPtr layer = placement_.layer(node).clone();
    const bool wraps = placed.annotated || placed.quantizers.any_activation();
    made =
        wraps
            ? std::make_shared<QuantizeWrapper>(QuantizeWrapperOptions{.layer = layer,
                                                                       .slots = slots_of(placed),
                                                                       .quantize_config = placed.config_class,
                                                                       .name = ""})
            : layer;
    return made;
  }

  // A model input with a QuantizeLayer behind it when a quantized layer reads it.
  std::vector<Tensor> wrap_input(const Node& node) {
    const Tensor input = node.layer->clone()->call(std::vector<Tensor>{});
    const std::string name = placement_.input_quantizer(node);
    if (!name.empty()) {
      const auto layer = std::make_shared<QuantizeLayer>(
          QuantizeLayerOptions{.quantizer = input_quantizer(placement_.scheme()), .name = name});
      inputs_.emplace_back(input, layer->call(input));
    }
    return {input};
  }

  std::vector<Tensor> quantized(std::vector<Tensor> inputs) const {
    for (Tensor& input : inputs) {
      for (const auto& [plain, on_grid] : inputs_) {
        if (input == plain) input = on_grid;
      }
    }
    return inputs;
  }

  const Placement& placement_;
  std::map<const Layer*, LayerPtr> layers_;
  std::vector<std::pair<Tensor, Tensor>> inputs_;
};

void check_not_quantized(const Model& model) {
  if (is_quantized(model)) throw ValueError("model '" + model.name() + "' is quantized already");
}

void check_any(bool any, const std::string& expression, const Model& model) {
  if (!any) throw ValueError(in_quotes(expression) + " matches no layer of model '" + model.name() + "'");
}

}  // namespace

LayerPtr quantize_annotate_layer(LayerPtr layer, QuantizeConfigPtr config) {
  if (layer == nullptr) throw ValueError("quantize_annotate_layer needs a layer");
  if (dynamic_cast<const Model*>(layer.get()) != nullptr) {
    throw ValueError("'" + layer->name() + "' is a model; use quantize_annotate_model");
  }
  if (dynamic_cast<const QuantizeAnnotate*>(layer.get()) != nullptr ||
      dynamic_cast<const QuantizedLayer*>(layer.get()) != nullptr) {
    throw ValueError("layer '" + layer->name() + "' is annotated or quantized already");
  }
  return std::make_shared<QuantizeAnnotate>(std::move(layer), std::move(config));
}

ModelPtr quantize_annotate_model(const Model& model, const std::string& layers, const std::string& except) {
  check_not_quantized(model);
  const LayerPattern pattern(layers), left_out(except);
  bool any = false, any_left_out = except.empty();
  const ModelPtr annotated = clone_model(*flatten_model(model), [&](const Layer& layer) {
    const LayerPtr copy = layer.clone();
    const bool matches = pattern.matches(layer.name()), leave = left_out.matches(layer.name());
    any = any || matches;
    any_left_out = any_left_out || leave;
    const bool fixed = layer.class_name() == "InputLayer" || layer.class_name() == "QuantizeAnnotate";
    return fixed || !matches || leave ? copy : quantize_annotate_layer(copy);
  });
  check_any(any, layers, model);
  check_any(any_left_out, except, model);
  return annotated;
}

ModelPtr quantize_apply(const Model& annotated, const Scheme& scheme) {
  check_not_quantized(annotated);
  const ModelPtr flat = flatten_model(annotated);
  Placement placement(flat, scheme);
  fuse_batch_normalization(placement);
  fuse_relu(placement);
  quantize_float_inputs(placement);
  share_scales(placement);
  skip_in_training(placement);
  return Wrapping(placement).run();
}

ModelPtr quantize_model(const Model& model, const Scheme& scheme) {
  return quantize_apply(*quantize_annotate_model(model), scheme);
}

bool is_quantized(const Model& model) {
  return std::any_of(model.layers().begin(), model.layers().end(), [](const LayerPtr& layer) {
    const auto* nested = dynamic_cast<const Model*>(layer.get());
    return nested != nullptr ? is_quantized(*nested)
                             : dynamic_cast<const QuantizedLayer*>(layer.get()) != nullptr;
  });
}

}  // namespace nudge::quantize
