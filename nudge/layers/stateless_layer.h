// The base of layers without weights: their outputs' shapes are those of what they expand to.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/graph/layer.h"

namespace nudge::layers {

// Derived's options say what it computes; it throws where its inputs' shapes do not do.
template <typename Derived>
class StatelessLayer : public ClonableLayer<Derived> {
 public:
  std::vector<Shape> output_shapes(const std::vector<Shape>& inputs) const override;

 protected:
  using ClonableLayer<Derived>::ClonableLayer;
};

// Shapes that a layer expands to, given those of its inputs.
std::vector<Shape> expanded_shapes(const Layer& layer, const std::vector<Shape>& inputs);

template <typename Derived>
std::vector<Shape> StatelessLayer<Derived>::output_shapes(const std::vector<Shape>& inputs) const {
  return expanded_shapes(*this, inputs);
}

}  // namespace nudge::layers
