// Labels in either of their forms, as what each output should say.
#pragma once

#include <string>

#include "nudge/base/array.h"

namespace nudge::train {

// Keras's epsilon and what float32 makes of 1 - epsilon: where probabilities are clipped.
inline constexpr double kEpsilon = 1e-7;
inline constexpr double kCeiling = 1.0F - 1e-7F;

// keras.ops.clip, which lets NaN through.
double clipped(double probability);

class Targets {
 public:
  enum class Form { kClassNumbers, kClassNumbersOrRows };

  // Class numbers are int32 (N), rows float32 (N, outputs).  Of one output the classes are 0 and 1.
  // Throws ValueError, naming the loss, on labels of another type or shape, or out of range.
  Targets(const std::string& loss, Form form, const Array& labels, const Array& predictions);

  // Of an output in a row: 1 for its class, 0 for others, or what a row of labels says.
  double operator()(int64_t row, int64_t output) const;

 private:
  const Array& labels_;
  int64_t outputs_;
  bool sparse_;
};

}  // namespace nudge::train
