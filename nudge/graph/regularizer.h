// Keras's regularizers: what a weight, or a layer's output, adds to the loss.
#pragma once

#include <string>

#include "nudge/base/json.h"
#include "nudge/base/shape.h"

namespace nudge {

// By Keras's class: L1 (l1 * sum |x|), L2 (l2 * sum x^2), L1L2 (both), OrthogonalRegularizer (factor * the
// mean |product| of two normalized rows, or columns, of a matrix).
struct Regularizer {
  std::string name = "L2";
  double l1 = 0.01;           // L1, L1L2
  double l2 = 0.01;           // L2, L1L2
  double factor = 0.01;       // OrthogonalRegularizer
  std::string mode = "rows";  // OrthogonalRegularizer: rows or columns

  static Regularizer of_l1(double l1) { return {.name = "L1", .l1 = l1}; }
  static Regularizer of_l2(double l2) { return {.name = "L2", .l2 = l2}; }
  static Regularizer of_l1_l2(double l1, double l2) { return {.name = "L1L2", .l1 = l1, .l2 = l2}; }
  static Regularizer orthogonal(double factor, std::string mode = "rows") {
    return {.name = "OrthogonalRegularizer", .factor = factor, .mode = std::move(mode)};
  }

  // Throws ValueError on an unknown name or mode, a negative or infinite factor.
  void check() const;
  // Throws ShapeError unless it takes tensors of this shape.
  void check_shape(const Shape& shape) const;

  // The penalty of values of that shape.  Where `gradient` is given, `share` times the penalty's derivative
  // is added to it.
  double penalty(const Shape& shape, const float* values, float* gradient = nullptr,
                 double share = 1.0) const;

  // Keras's serialized form; from_json also takes a bare name ("l2") and what check() takes.  Throws
  // UnsupportedError naming a class of somebody's own, InputError on what is no regularizer.
  Json to_json() const;
  static Regularizer from_json(const Json& json);
};

}  // namespace nudge
