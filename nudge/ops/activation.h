// The one form of an activation function: what Keras's names, layers and options all come to.
#pragma once

#include <cstdint>
#include <optional>

namespace nudge::ops {

// A function added here is a warning, and so an error, in every switch that has to learn it.
enum class Function { kLinear, kRelu, kSigmoid, kTanh, kSoftmax };

struct Activation {
  Function function = Function::kLinear;
  // kRelu: max_value where x >= max_value, x where x >= threshold, else negative_slope * (x - threshold).
  double negative_slope = 0.0;
  double threshold = 0.0;
  std::optional<double> max_value = std::nullopt;
  int64_t axis = -1;  // kSoftmax: the dimension that sums to 1; negative counts from the back

  bool linear() const { return function == Function::kLinear; }
  // max(x, 0), with or without a ceiling: what fuses into products and sums everywhere.
  bool plain_relu() const { return function == Function::kRelu && negative_slope == 0.0 && threshold == 0.0; }
};

}  // namespace nudge::ops
