#include "nudge/quantize/input_range.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/graph/clone.h"
#include "nudge/quantize/quantize_layer.h"
#include "nudge/quantize/quantizers.h"

namespace nudge::quantize {
namespace {

const QuantizeLayer* input_quantizer(const Model& model, const Node& node) {
  const auto* layer = dynamic_cast<const QuantizeLayer*>(node.layer.get());
  const auto& inputs = model.inputs();
  const bool first =
      layer != nullptr && std::find(inputs.begin(), inputs.end(), node.inputs.front()) != inputs.end();
  return first ? layer : nullptr;
}

}  // namespace

ModelPtr fix_input_range(const Model& quantized, float min, float max) {
  if (!(min < max) || !(min <= 0.0f) || !(max >= 0.0f)) {
    throw ValueError("the range of an input must hold zero, given " + std::to_string(min) + " to " +
                     std::to_string(max));
  }
  bool found = false;
  ModelPtr fixed = rewrite_model(quantized, [&](const Node& node, const std::vector<Tensor>& inputs) {
    const QuantizeLayer* layer = input_quantizer(quantized, node);
    if (layer == nullptr) return node.layer->call_all(inputs);
    found = true;
    QuantizerOptions options = layer->slots().front().quantizer->options();
    options.init_min = min;
    options.init_max = max;
    return std::make_shared<QuantizeLayer>(
               QuantizeLayerOptions{.quantizer = std::make_shared<FixedQuantizer>(options),
                                    .name = layer->name()})
        ->call_all(inputs);
  });
  if (!found) throw ValueError("model '" + quantized.name() + "' has no quantizer on an input");
  return fixed;
}

}  // namespace nudge::quantize
