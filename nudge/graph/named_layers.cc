#include "nudge/graph/named_layers.h"

#include "nudge/base/error.h"

namespace nudge {

NamedLayers::NamedLayers(const Model& model) : model_(model.name()) {
  for (const LayerPtr& layer : model.layers()) layers_.emplace(layer->name(), layer);
}

const LayerPtr& NamedLayers::at(const std::string& name) const {
  const auto found = layers_.find(name);
  if (found == layers_.end()) throw ValueError("model '" + model_ + "' has no layer '" + name + "'");
  return found->second;
}

}  // namespace nudge
