// The labels of a fixture, for the tests of losses and metrics.
#pragma once

#include <nlohmann/json.hpp>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/base/json.h"

namespace nudge::train {

// Whole numbers where there is one for each of the `shape[0]` samples, else values of that shape.
inline Array labels_of(const Json& json, const Shape& shape) {
  const auto count = static_cast<int64_t>(json.size());
  const bool numbers = count == shape[0] && json.at(0).is_number_integer();
  if (numbers) return Array::of(Shape{count}, json.get<std::vector<int32_t>>());
  return Array::of(shape, json.get<std::vector<float>>());
}

}  // namespace nudge::train
