// Keras's constraints: where a weight is put back to after each update.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/base/json.h"

namespace nudge {

// By Keras's class: MaxNorm, NonNeg, UnitNorm, MinMaxNorm.  Norms are those of the vectors along `axes`, such
// as 0 for a Dense's kernel and {0, 1, 2} for a Conv2D's: what leads into one output.
struct Constraint {
  std::string name = "MaxNorm";
  double min_value = 0.0;           // MinMaxNorm
  double max_value = 2.0;           // MaxNorm; MinMaxNorm, whose default in Keras is 1
  double rate = 1.0;                // MinMaxNorm: how much of the way a step goes
  std::vector<int64_t> axes = {0};  // negative counts from the back; empty: all, one norm of the whole weight

  static Constraint max_norm(double max_value, std::vector<int64_t> axes = {0}) {
    return {.name = "MaxNorm", .max_value = max_value, .axes = std::move(axes)};
  }
  static Constraint non_neg() { return {.name = "NonNeg"}; }
  static Constraint unit_norm(std::vector<int64_t> axes = {0}) {
    return {.name = "UnitNorm", .axes = std::move(axes)};
  }
  static Constraint min_max_norm(double min_value, double max_value, double rate = 1.0,
                                 std::vector<int64_t> axes = {0}) {
    return {.name = "MinMaxNorm",
            .min_value = min_value,
            .max_value = max_value,
            .rate = rate,
            .axes = std::move(axes)};
  }

  // Throws ValueError on an unknown name or values that are not finite.
  void check() const;
  // Throws ShapeError unless every axis is one of the shape's.
  void check_shape(const Shape& shape) const;

  // Moves a float32 weight in place.
  void apply(Array& weight) const;

  // Keras's serialized form; from_json also takes a bare name ("max_norm").  Throws UnsupportedError naming a
  // class of somebody's own, InputError on what is no constraint.
  Json to_json() const;
  static Constraint from_json(const Json& json);
};

}  // namespace nudge
