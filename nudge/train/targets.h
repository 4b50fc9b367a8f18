// Labels in any of their forms, as what each output should say.
#pragma once

#include <cstdint>
#include <span>
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
  enum class Form {
    kClassNumbers,        // int32, of the predictions' shape without its last axis
    kClassNumbersOrRows,  // the same, or one-hot rows of the predictions' shape
    kNumbers,             // int32 or float32 of the predictions' shape; a last axis of 1 may be missing
  };

  // Of one output the classes are 0 and 1.  Throws ValueError, naming the loss, on labels of another type or
  // shape, or out of range.
  Targets(const std::string& loss, Form form, const Array& labels, const Array& predictions);

  int64_t rows() const { return rows_; }
  int64_t outputs() const { return outputs_; }
  // What a row's outputs should say: 1 for its class and 0 for others, or what its labels are.
  void read(int64_t row, std::span<double> target) const;

 private:
  const Array& labels_;
  int64_t outputs_, rows_;
  bool classes_;
};

}  // namespace nudge::train
