#include "nudge/train/each_layer.h"

#include "nudge/quantize/quantized_layer.h"

namespace nudge::train {

void each_layer(const LayerPtr& layer, const std::function<void(Layer&)>& visit) {
  const auto* nested = dynamic_cast<const Model*>(layer.get());
  if (nested == nullptr) return visit(*layer);
  each_layer(*nested, visit);
}

void each_layer(const Model& model, const std::function<void(Layer&)>& visit) {
  for (const LayerPtr& layer : model.layers()) each_layer(layer, visit);
}

const Layer& unwrapped(const Layer& layer) {
  const auto* quantized = dynamic_cast<const quantize::QuantizedLayer*>(&layer);
  return quantized == nullptr || quantized->inner() == nullptr ? layer : *quantized->inner();
}

}  // namespace nudge::train
