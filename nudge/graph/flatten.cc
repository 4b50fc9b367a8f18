#include "nudge/graph/flatten.h"

#include <map>
#include <set>

#include "nudge/graph/clone.h"

namespace nudge {
namespace {

class Flattener {
 public:
  explicit Flattener(const Model& model) : model_(model) {
    for (const LayerPtr& layer : model.layers()) {
      taken_.insert(layer->name());
      placed_[layer.get()] = layer;
    }
  }

  ModelPtr run() {
    return rewrite_model(model_, [&](const Node& node, const std::vector<Tensor>& inputs) {
      return inline_call(node, inputs, "");
    });
  }

 private:
  std::vector<Tensor> inline_call(const Node& node, const std::vector<Tensor>& inputs,
                                  const std::string& within) {
    const auto* nested = dynamic_cast<const Model*>(node.layer.get());
    if (nested == nullptr) return renamed(node.layer, within)->call_all(inputs);

    const std::string path = within.empty() ? nested->name() : within + "_" + nested->name();
    std::map<const Node*, std::vector<Tensor>> made;
    for (size_t i = 0; i < nested->inputs().size(); ++i) made[nested->inputs()[i].node.get()] = {inputs[i]};
    const auto mapped = [&](const std::vector<Tensor>& tensors) {
      std::vector<Tensor> result;
      for (const Tensor& tensor : tensors) {
        result.push_back(made.at(tensor.node.get()).at(static_cast<size_t>(tensor.index)));
      }
      return result;
    };
    for (const auto& inner : nested->nodes()) {
      if (!made.contains(inner.get())) made[inner.get()] = inline_call(*inner, mapped(inner->inputs), path);
    }
    return mapped(nested->outputs());
  }

  // The layer itself, or where its name is taken a clone under another name that shares its values.
  LayerPtr renamed(const LayerPtr& layer, const std::string& within) {
    const auto known = placed_.find(layer.get());
    if (known != placed_.end()) return known->second;
    LayerPtr placed = layer;
    if (!within.empty() && !taken_.insert(layer->name()).second) {
      placed = layer->clone();
      std::string name = within + "_" + layer->name();
      while (!taken_.insert(name).second) name += "_";
      placed->set_name(name);
      const auto originals = layer->weights();
      const auto copies = placed->weights();
      for (size_t i = 0; i < originals.size(); ++i) copies[i]->value = originals[i]->value;
    }
    placed_[layer.get()] = placed;
    return placed;
  }

  const Model& model_;
  std::set<std::string> taken_;
  std::map<const Layer*, LayerPtr> placed_;
};

}  // namespace

ModelPtr flatten_model(const Model& model) { return Flattener(model).run(); }

}  // namespace nudge
