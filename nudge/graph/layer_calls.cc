#include "nudge/graph/layer_calls.h"

#include "nudge/base/error.h"

namespace nudge {

LayerCalls::LayerCalls(const Model& model) : model_(model) {
  for (const auto& node : model.nodes()) {
    auto& calls = calls_[node->layer.get()];
    indices_[node.get()] = static_cast<int>(calls.size());
    calls.push_back(node.get());
  }
}

const std::vector<const Node*>& LayerCalls::of(const Layer& layer) const {
  static const std::vector<const Node*> none;
  const auto found = calls_.find(&layer);
  return found == calls_.end() ? none : found->second;
}

int LayerCalls::index(const Node& node) const {
  const auto found = indices_.find(&node);
  if (found != indices_.end()) return found->second;
  throw ValueError("model '" + model_.name() + "' does not hold that call of layer '" + node.layer->name() +
                   "'");
}

}  // namespace nudge
