// What normalisation layers share.
#pragma once

#include <string>
#include <vector>

#include "nudge/ops/expansion.h"

namespace nudge::layers {

// (x - mean) / sqrt(variance + epsilon), both over these axes.
ops::ValueId standardized(ops::Expansion& call, ops::ValueId x, const std::vector<int64_t>& axes,
                          double epsilon);

// x / max(sqrt(sum of squares), sqrt(least)) over these axes.
ops::ValueId of_unit_length(ops::Expansion& call, ops::ValueId x, const std::vector<int64_t>& axes,
                            double least, const std::string& place = "");

// Positive and ascending; throws ShapeError naming the layer outside the shape or where one is the batch.
std::vector<int64_t> resolved_axes(const std::string& where, const std::vector<int64_t>& axes,
                                   const Shape& shape);

}  // namespace nudge::layers
