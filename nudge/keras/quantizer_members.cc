#include "nudge/keras/quantizer_members.h"

#include <set>

#include "nudge/base/error.h"
#include "nudge/graph/clone.h"
#include "nudge/graph/named_layers.h"
#include "nudge/keras/stored_weight.h"
#include "nudge/quantize/quantize_annotate.h"
#include "nudge/quantize/quantized_layer.h"

namespace nudge::keras {
namespace {

const quantize::QuantizedLayer* as_quantized(const Layer& layer) {
  return dynamic_cast<const quantize::QuantizedLayer*>(&layer);
}

// What stands in the layer's place for Keras: null where nothing does.
LayerPtr float_layer(const LayerPtr& layer) {
  if (const auto* quantized = as_quantized(*layer)) return quantized->inner();
  if (const auto* annotated = dynamic_cast<const quantize::QuantizeAnnotate*>(layer.get())) {
    return annotated->inner();
  }
  return layer;
}

// The layer's own variables, beside those of the layer it wraps.
std::vector<Weight*> own_weights(Layer& layer) {
  const auto* quantized = as_quantized(layer);
  if (quantized == nullptr) return {};
  std::set<const Weight*> wrapped;
  if (quantized->inner() != nullptr) {
    for (const Weight* weight : quantized->inner()->weights()) wrapped.insert(weight);
  }
  std::vector<Weight*> own;
  for (Weight* weight : layer.weights()) {
    if (!wrapped.contains(weight)) own.push_back(weight);
  }
  return own;
}

}  // namespace

bool holds_quantizers(const Model& model) {
  for (const LayerPtr& layer : model.layers()) {
    if (float_layer(layer) != layer) return true;
  }
  return false;
}

ModelPtr float_layers(const Model& model) {
  return rewrite_model(model, [](const Node& node, const std::vector<Tensor>& inputs) {
    const LayerPtr layer = float_layer(node.layer);
    return layer == nullptr ? inputs : layer->call_all(inputs);
  });
}

NamedArrays quantizer_arrays(const Model& model) {
  NamedArrays arrays;
  for (const LayerPtr& layer : model.layers()) {
    for (const Weight* weight : own_weights(*layer))
      arrays[layer->name() + "/" + weight->name] = weight->value;
  }
  return arrays;
}

void join_quantizers(Model& quantized, const Model& float_model, const NamedArrays& quantizers,
                     const std::string& where) {
  const NamedLayers by_name(float_model);
  for (const LayerPtr& layer : quantized.layers()) {
    for (Weight* weight : own_weights(*layer)) {
      const std::string name = layer->name() + "/" + weight->name;
      const auto found = quantizers.find(name);
      if (found == quantizers.end()) throw InputError(where + ": " + name + ": is missing");
      fill_weight(*layer, *weight, found->second, where + ": " + name);
    }
    const LayerPtr inner = float_layer(layer);
    if (inner == nullptr) continue;
    const auto weights = inner->weights();
    if (weights.empty()) continue;
    const Layer& stored = *by_name.at(inner->name());
    const auto values = stored.weights();
    if (values.size() != weights.size()) {
      throw InputError(where + ": layer '" + inner->name() + "' differs from the float model's");
    }
    for (size_t i = 0; i < weights.size(); ++i) fill_weight(*inner, *weights[i], values[i]->value, where);
  }
}

}  // namespace nudge::keras
