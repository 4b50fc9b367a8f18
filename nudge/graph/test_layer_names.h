// The names of a model's layers, in its order, for the tests of this folder.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"

namespace nudge {

inline std::vector<std::string> layer_names(const Model& model) {
  std::vector<std::string> names;
  for (const LayerPtr& layer : model.layers()) names.push_back(layer->name());
  return names;
}

}  // namespace nudge
