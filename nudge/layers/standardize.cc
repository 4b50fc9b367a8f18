#include "nudge/layers/standardize.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"

namespace nudge::layers {

ops::ValueId standardized(ops::Expansion& call, ops::ValueId x, const std::vector<int64_t>& axes,
                          double epsilon) {
  Arithmetic make(call);
  const ops::ValueId centered = make.subtract(x, make.reduce(ops::Reduction::kAverage, x, axes, true));
  const ops::ValueId variance =
      make.reduce(ops::Reduction::kAverage, make.apply(ops::Function::kSquare, centered), axes, true);
  return make.multiply(centered, make.apply(ops::Function::kRsqrt, make.affine(variance, 1.0, epsilon)));
}

ops::ValueId of_unit_length(ops::Expansion& call, ops::ValueId x, const std::vector<int64_t>& axes,
                            double least, const std::string& place) {
  Arithmetic make(call);
  const ops::ValueId power =
      make.reduce(ops::Reduction::kSum, make.apply(ops::Function::kSquare, x), axes, true);
  const ops::ValueId positive =
      call.add(ops::Activate{{.function = ops::Function::kClip, .min_value = least}}, {power});
  return make.multiply(x, make.apply(ops::Function::kRsqrt, positive), place);
}

std::vector<int64_t> resolved_axes(const std::string& where, const std::vector<int64_t>& axes,
                                   const Shape& shape) {
  std::vector<int64_t> resolved;
  for (const int64_t axis : axes) {
    resolved.push_back(static_cast<int64_t>(ops::resolve_axis(where, axis, shape)));
    if (resolved.back() == 0) throw ShapeError(where + "the batch is no axis to go over");
  }
  std::sort(resolved.begin(), resolved.end());
  return resolved;
}

}  // namespace nudge::layers
