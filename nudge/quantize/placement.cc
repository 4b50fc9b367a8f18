#include "nudge/quantize/placement.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/quantize/layer_registry.h"
#include "nudge/quantize/layer_roles.h"
#include "nudge/quantize/quantize_annotate.h"

namespace nudge::quantize {
namespace {

const Layer& without_annotation(const Layer& layer) {
  const auto* annotate = dynamic_cast<const QuantizeAnnotate*>(&layer);
  return annotate == nullptr ? layer : *annotate->inner();
}

Placed place(const QuantizeAnnotate& annotate, const Scheme& scheme) {
  const Layer& layer = *annotate.inner();
  Placed placed{.annotated = true, .custom = annotate.quantize_config() != nullptr};
  const QuantizeConfigPtr config =
      placed.custom ? annotate.quantize_config() : default_quantize_config(layer, scheme);
  if (config == nullptr) {
    if (is_batch_normalization(layer)) return placed;
    throw UnsupportedError("layer '" + layer.name() + "' (" + layer.class_name() +
                           ") is not supported by scheme '" + scheme.name +
                           "'; pass a QuantizeConfig for it to quantize_annotate_layer, or leave it out");
  }
  placed.config_class = config->class_name();
  placed.quantizers = quantizers_of(*config, layer);
  return placed;
}

}  // namespace

Placement::Placement(const Model& annotated, const Scheme& scheme) : model_(annotated), scheme_(scheme) {
  bool any = false;
  for (const LayerPtr& layer : annotated.layers()) {
    const auto* annotate = dynamic_cast<const QuantizeAnnotate*>(layer.get());
    placed_[layer.get()] = annotate == nullptr ? Placed{} : place(*annotate, scheme);
    any = any || annotate != nullptr;
  }
  if (!any)
    throw ValueError("model '" + annotated.name() +
                     "': no layer is annotated, so there is nothing to quantize");
  for (const auto& node : annotated.nodes()) {
    ++calls_[node->layer.get()];
    for (const Tensor& input : node->inputs) consumers_[input.node.get()].push_back(node.get());
  }
  for (const Tensor& output : annotated.outputs()) outputs_.insert(output.node.get());
}

const Layer& Placement::layer(const Node& node) const { return without_annotation(*node.layer); }

const std::vector<const Node*>& Placement::consumers(const Node& node) const {
  static const std::vector<const Node*> none;
  const auto found = consumers_.find(&node);
  return found == consumers_.end() ? none : found->second;
}

const Node* Placement::only_consumer(const Node& node) const {
  const auto& readers = consumers(node);
  if (readers.size() != 1 || is_output(node)) return nullptr;
  if (calls_.at(node.layer.get()) != 1 || calls_.at(readers.front()->layer.get()) != 1) return nullptr;
  return readers.front();
}

std::string Placement::input_quantizer(const Node& input) const {
  int before = 0;
  for (const auto& node : nodes()) {
    const auto& readers = consumers(*node);
    const bool quantized =
        node->inputs.empty() && std::any_of(readers.begin(), readers.end(),
                                            [&](const Node* reader) { return at(*reader).annotated; });
    if (node.get() == &input) {
      if (!quantized) return "";
      return before == 0 ? "quantize_layer" : "quantize_layer_" + std::to_string(before);
    }
    before += quantized ? 1 : 0;
  }
  return "";
}

}  // namespace nudge::quantize
