#include "nudge/graph/clone.h"

#include <map>

namespace nudge {

ModelPtr rewrite_model(const Model& model, const NodeRewriter& rewrite, const std::string& name) {
  std::map<const Node*, std::vector<Tensor>> made;
  const auto mapped = [&](const std::vector<Tensor>& tensors) {
    std::vector<Tensor> result;
    for (const Tensor& tensor : tensors) {
      result.push_back(made.at(tensor.node.get()).at(static_cast<size_t>(tensor.index)));
    }
    return result;
  };
  for (const auto& node : model.nodes()) made[node.get()] = rewrite(*node, mapped(node->inputs));
  return make_model(mapped(model.inputs()), mapped(model.outputs()), name.empty() ? model.name() : name);
}

ModelPtr clone_model(const Model& model, const std::function<LayerPtr(const Layer&)>& clone_layer) {
  std::map<const Layer*, LayerPtr> clones;
  return rewrite_model(model, [&](const Node& node, const std::vector<Tensor>& inputs) {
    LayerPtr& clone = clones[node.layer.get()];
    if (clone == nullptr) clone = clone_layer(*node.layer);
    return clone->call_all(inputs);
  });
}

}  // namespace nudge
