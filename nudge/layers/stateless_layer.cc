#include "nudge/layers/stateless_layer.h"

#include "nudge/ops/expansion.h"

namespace nudge::layers {

std::vector<Shape> expanded_shapes(const Layer& layer, const std::vector<Shape>& inputs) {
  return ops::expanded_shapes(layer, inputs);
}

}  // namespace nudge::layers
