// From a model's output towards its input, call by call, through nested models.
#pragma once

#include <vector>

#include "nudge/graph/model.h"

namespace nudge {

class BackwardWalk {
 public:
  // Stands at the call that makes the output.  The model must outlive the walk.
  explicit BackwardWalk(const Model& model, size_t output = 0);

  // A call of a layer that is no model.
  const Node& node() const { return *node_; }
  // Goes on to the call that makes this one's input; false, and stays, where there is none or more than one.
  bool step();

 private:
  void settle(Tensor tensor);

  const Node* node_ = nullptr;
  std::vector<const Node*> within_;  // calls of nested models, from outside in
};

}  // namespace nudge
