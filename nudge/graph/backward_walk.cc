#include "nudge/graph/backward_walk.h"

#include <algorithm>

namespace nudge {

BackwardWalk::BackwardWalk(const Model& model, size_t output) { settle(model.outputs().at(output)); }

bool BackwardWalk::step() {
  if (node_->inputs.size() != 1) return false;
  settle(node_->inputs.front());
  return true;
}

void BackwardWalk::settle(Tensor tensor) {
  for (;;) {
    const Node* node = tensor.node.get();
    if (const auto* nested = dynamic_cast<const Model*>(node->layer.get())) {
      within_.push_back(node);
      tensor = nested->outputs().at(static_cast<size_t>(tensor.index));
      continue;
    }
    if (within_.empty() || !node->inputs.empty()) {
      node_ = node;
      return;
    }
    // An input of the nested model: what it was called on.
    const Node& call = *within_.back();
    const auto& inputs = dynamic_cast<const Model&>(*call.layer).inputs();
    const auto found = std::find_if(inputs.begin(), inputs.end(),
                                    [&](const Tensor& input) { return input.node.get() == node; });
    within_.pop_back();
    tensor = call.inputs.at(static_cast<size_t>(found - inputs.begin()));
  }
}

}  // namespace nudge
