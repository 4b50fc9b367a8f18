#include "nudge/layers/sequence.h"

#include "nudge/base/error.h"

namespace nudge::layers {

ops::ValueId as_image(ops::Expansion& call, ops::ValueId sequence, const std::string& where) {
  const Shape& shape = call.shape(sequence);
  if (shape.size() != 3)
    throw ShapeError(where + "expected (batch, steps, channels), given shape " + to_string(shape));
  return call.add(ops::Reshape{{shape[0], 1, shape[1], shape[2]}}, {sequence});
}

ops::ValueId as_sequence(ops::Expansion& call, ops::ValueId image) {
  const Shape& shape = call.shape(image);
  return call.add(ops::Reshape{{shape[0], shape[2], shape[3]}}, {image});
}

}  // namespace nudge::layers
