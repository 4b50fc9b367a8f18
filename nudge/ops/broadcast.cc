#include "nudge/ops/broadcast.h"

#include <fmt/format.h>

#include "nudge/base/error.h"

namespace nudge::ops {
namespace {

Shape broadcast(const std::string& where, Shape a, Shape b) {
  const Shape first = a;
  const Shape second = b;
  if (a.size() < b.size()) std::swap(a, b);
  const Shape ones(a.size() - b.size(), 1);
  b.insert(b.begin(), ones.begin(), ones.end());
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i] == 1) a[i] = b[i];
    if (b[i] != 1 && b[i] != a[i]) {
      throw ShapeError(fmt::format("{}expected inputs of one shape, given {} and {}", where, to_string(first),
                                   to_string(second)));
    }
  }
  return a;
}

}  // namespace

Shape broadcast_shape(const std::string& where, const std::vector<Shape>& inputs) {
  if (inputs.size() < 2) {
    throw ShapeError(fmt::format("{}expected at least two inputs, given {}", where, inputs.size()));
  }
  Shape merged = inputs[0];
  for (size_t i = 1; i < inputs.size(); ++i) merged = broadcast(where, merged, inputs[i]);
  return merged;
}

}  // namespace nudge::ops
