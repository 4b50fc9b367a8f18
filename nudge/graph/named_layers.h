// The layers of a model by name, for those who look up many.
#pragma once

#include <map>
#include <string>

#include "nudge/graph/model.h"

namespace nudge {

class NamedLayers {
 public:
  explicit NamedLayers(const Model& model);

  // Throws ValueError naming the model when there is no such layer.
  const LayerPtr& at(const std::string& name) const;

 private:
  std::string model_;
  std::map<std::string, LayerPtr> layers_;
};

}  // namespace nudge
