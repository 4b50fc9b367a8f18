// What is left of a sequence's shape when one of its steps is taken.
#pragma once

#include "nudge/base/shape.h"

namespace nudge::layers {

// (batch, steps, ...) -> (batch, ...)
inline Shape step_of(const Shape& sequence) {
  Shape step = sequence;
  step.erase(step.begin() + 1);
  return step;
}

}  // namespace nudge::layers
