#include "nudge/graph/sequential.h"

#include <map>

#include "nudge/base/error.h"

namespace nudge {
namespace {

struct Ends {
  Tensor input;
  Tensor output;
};

Shape without_batch(const Shape& shape) { return {shape.begin() + 1, shape.end()}; }

Ends chain(const std::vector<LayerPtr>& layers, const std::string& name) {
  if (layers.empty()) throw ValueError("Sequential '" + name + "' has no layers");
  const auto* nested = dynamic_cast<const Model*>(layers.front().get());
  const bool starts_with_input = layers.front()->class_name() == "InputLayer";
  if (!starts_with_input && nested == nullptr) {
    throw ValueError("Sequential '" + name + "' starts with layer '" + layers.front()->name() +
                     "'; put an InputLayer with the input's shape before it");
  }
  Ends ends;
  ends.input = starts_with_input ? layers.front()->call(std::vector<Tensor>{})
                                 : input(without_batch(nested->inputs().front().shape()));
  ends.output = ends.input;
  for (size_t i = starts_with_input ? 1 : 0; i < layers.size(); ++i)
    ends.output = layers[i]->call(ends.output);
  return ends;
}

Model::Ends to_model_ends(const Ends& ends) { return {{ends.input}, {ends.output}}; }

}  // namespace

Sequential::Sequential(const std::vector<LayerPtr>& layers, const std::string& name)
    : Model(to_model_ends(chain(layers, name)), name, "Sequential"), stack_(layers) {}

LayerPtr Sequential::clone() const {
  std::map<const Layer*, LayerPtr> clones;
  std::vector<LayerPtr> copies;
  for (const LayerPtr& layer : stack_) {
    LayerPtr& clone = clones[layer.get()];
    if (clone == nullptr) clone = layer->clone();
    copies.push_back(clone);
  }
  auto copy = std::make_shared<Sequential>(copies, name());
  copy->set_own_trainable(trainable());
  return copy;
}

ModelPtr sequential(const std::vector<LayerPtr>& layers, std::string name) {
  return std::make_shared<Sequential>(layers, std::move(name));
}

}  // namespace nudge
