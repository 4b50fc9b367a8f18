// The calls of each layer within a model.
#pragma once

#include <map>
#include <vector>

#include "nudge/graph/model.h"

namespace nudge {

// Found at once for all layers, as a model may have tens of thousands.  The model must outlive it.
class LayerCalls {
 public:
  explicit LayerCalls(const Model& model);

  // In the model's order; none for a layer that is not in it.
  const std::vector<const Node*>& of(const Layer& layer) const;
  // Which of its layer's calls a node is: 0, 1, ...  Throws ValueError where the model does not hold it.
  int index(const Node& node) const;

 private:
  const Model& model_;
  std::map<const Layer*, std::vector<const Node*>> calls_;
  std::map<const Node*, int> indices_;
};

}  // namespace nudge
