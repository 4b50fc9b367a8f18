#include "nudge/quantize/placement.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/ops/block.h"
#include "nudge/quantize/default_config.h"
#include "nudge/quantize/quantize_annotate.h"

namespace nudge::quantize {
namespace {

// Its input are the numbers of rows, which no grid holds.
bool looks_up(CallOps call) { return call.size() == 1 && call.front().is<ops::Gather>(); }

const Layer& without_annotation(const Layer& layer) {
  const auto* annotate = dynamic_cast<const QuantizeAnnotate*>(&layer);
  return annotate == nullptr ? layer : *annotate->inner();
}

}  // namespace

void Placed::take(const QuantizeConfigPtr& config, const Layer& layer) {
  config_class = config->class_name();
  quantizers = quantizers_of(*config, layer);
}

Placement::Placement(ModelPtr annotated, const Scheme& scheme)
    : program_(ops::expand(std::move(annotated))),
      uses_(program_),
      scheme_(scheme),
      node_of_(program_.operations.size()) {
  for (const ops::Call& call : program_.calls) {
    const Node& node = *call.node;
    call_of_[&node] = &call;
    for (size_t i = call.first; i < call.last; ++i) node_of_[i] = &node;
    ++calls_[node.layer.get()];
    for (const Tensor& input : node.inputs) consumers_[input.node.get()].push_back(&node);
  }
  for (const Tensor& output : model().outputs()) outputs_.insert(output.node.get());
  bool any = false;
  for (const ops::Call& call : program_.calls) {
    const auto* annotate = dynamic_cast<const QuantizeAnnotate*>(call.layer);
    if (!placed_.contains(call.layer)) {
      placed_[call.layer] = annotate == nullptr ? Placed{} : place(*annotate, this->call(*call.node));
    }
    any = any || annotate != nullptr;
  }
  if (!any)
    throw ValueError("model '" + model().name() +
                     "': no layer is annotated, so there is nothing to quantize");
}

Placed Placement::place(const QuantizeAnnotate& annotate, CallOps call) const {
  const Layer& layer = *annotate.inner();
  Placed placed{.annotated = true, .custom = annotate.quantize_config() != nullptr};
  const QuantizeConfigPtr config =
      placed.custom ? annotate.quantize_config() : default_quantize_config(layer, call, program_, scheme_);
  if (config == nullptr) {
    if (is_normalization(call)) return placed;
    throw UnsupportedError("layer '" + layer.name() + "' (" + layer.class_name() +
                           ") is not supported by scheme '" + scheme_.name +
                           "'; pass a QuantizeConfig for it to quantize_annotate_layer, or leave it out");
  }
  placed.config_class = config->class_name();
  placed.quantizers = quantizers_of(*config, layer);
  return placed;
}

CallOps Placement::call(const Node& node) const {
  const ops::Call& call = *call_of_.at(&node);
  return CallOps(program_.operations).subspan(call.first, call.last - call.first);
}

const Node* Placement::next_in_block(const Node& node) const {
  const ops::Call& call = *call_of_.at(&node);
  if (call.first == call.last || !called_once(node)) return nullptr;
  const ops::Block block = ops::find_block(program_, uses_, static_cast<int>(call.last) - 1);
  const int next = block.normalize >= 0 ? block.normalize : block.activation;
  if (next < 0) return nullptr;
  const Node* reader = node_of_[static_cast<size_t>(next)];
  return called_once(*reader) ? reader : nullptr;
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
  return called_once(node) && called_once(*readers.front()) ? readers.front() : nullptr;
}

std::string Placement::input_quantizer(const Node& input) const {
  int before = 0;
  for (const auto& node : nodes()) {
    const auto& readers = consumers(*node);
    const bool quantized =
        node->inputs.empty() && std::any_of(readers.begin(), readers.end(), [&](const Node* reader) {
          return at(*reader).annotated && !looks_up(call(*reader));
        });
    if (node.get() == &input) {
      if (!quantized) return "";
      return before == 0 ? "quantize_layer" : "quantize_layer_" + std::to_string(before);
    }
    before += quantized ? 1 : 0;
  }
  return "";
}

}  // namespace nudge::quantize
