// The one form of a function of one tensor: what Keras's activations, layers and operations come to.
#pragma once

#include <cstdint>
#include <optional>

namespace nudge::ops {

// A function added here is a warning, and so an error, in every switch that has to learn it.
enum class Function {
  kLinear,
  kRelu,
  kSigmoid,
  kTanh,
  kSoftmax,
  kLogSoftmax,
  kElu,       // x, or e^x - 1 below 0
  kGelu,      // x * Phi(x), the normal distribution's
  kGeluTanh,  // its approximation by tanh
  kHardSwish,
  kClip,
  kExp,
  kLog,
  kSqrt,
  kRsqrt,
  kSquare,
  kAbs,
  kNegative,
  kSin,
  kCos,
  kFloor,
  kSign
};

struct Activation {
  Function function = Function::kLinear;
  // kRelu: max_value where x >= max_value, x where x >= threshold, else negative_slope * (x - threshold).
  double negative_slope = 0.0;
  double threshold = 0.0;
  // kClip: max(min_value, min(max_value, x)).
  std::optional<double> min_value = std::nullopt;
  std::optional<double> max_value = std::nullopt;
  int64_t axis = -1;  // of a softmax: the dimension that sums to 1; negative counts from the back

  bool linear() const { return function == Function::kLinear; }
  // max(x, 0), with or without a ceiling: what fuses into products and sums everywhere.
  bool plain_relu() const { return function == Function::kRelu && negative_slope == 0.0 && threshold == 0.0; }
};

}  // namespace nudge::ops
