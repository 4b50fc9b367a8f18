#include "nudge/layers/one_dimension.h"

#include <numeric>

namespace nudge::layers {

ops::ValueId along(ops::Expansion& call, ops::ValueId x, size_t axis,
                   const std::function<ops::ValueId(ops::ValueId image)>& rows) {
  // As an image (batch, before, axis, behind), the axis lies along its width; as (batch, axis, behind, 1)
  // along its height.
  const Shape shape = call.shape(x);
  int64_t before = 1, behind = 1;
  for (size_t i = 1; i < axis; ++i) before *= shape[i];
  for (size_t i = axis + 1; i < shape.size(); ++i) behind *= shape[i];
  const ops::ValueId turned =
      before == 1 ? call.add(ops::Reshape{{shape[0], shape[axis], 1, behind}}, {x})
                  : call.add(ops::Transpose{{0, 2, 1, 3}},
                             {call.add(ops::Reshape{{shape[0], before, shape[axis], behind}}, {x})});
  ops::ValueId y = rows(turned);
  Shape result = shape;
  result[axis] = call.shape(y)[1];
  if (before != 1) y = call.add(ops::Transpose{{0, 2, 1, 3}}, {y});
  return call.add(ops::Reshape{result}, {y});
}

}  // namespace nudge::layers
