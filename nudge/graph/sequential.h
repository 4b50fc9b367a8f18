// Keras's Sequential: a stack of layers, each fed by the one before.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"

namespace nudge {

class Sequential : public Model {
 public:
  // The first layer must be an InputLayer or a Model, since shapes are inferred as the stack is built;
  // throws ValueError otherwise.
  explicit Sequential(const std::vector<LayerPtr>& layers, const std::string& name = "");

  std::string class_name() const override { return "Sequential"; }
  std::string module() const override { return "keras"; }
  LayerPtr clone() const override;

  // The stack as given, without the InputLayer that was added for a leading Model.
  const std::vector<LayerPtr>& stack() const { return stack_; }

 private:
  std::vector<LayerPtr> stack_;
};

ModelPtr sequential(const std::vector<LayerPtr>& layers, std::string name = "");

}  // namespace nudge
