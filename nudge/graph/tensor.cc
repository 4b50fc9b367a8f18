#include "nudge/graph/tensor.h"

#include "nudge/graph/layer.h"

namespace nudge {

const Shape& Tensor::shape() const { return node->output_shapes.at(static_cast<size_t>(index)); }

const Layer& Tensor::layer() const { return *node->layer; }

}  // namespace nudge
