// The errors of one layer's output, summed up over batches.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nudge/explain/layer_error.h"
#include "nudge/tflite/model.h"

namespace nudge::explain {

class Deviation {
 public:
  // `tensor` is what the file calls the output.
  explicit Deviation(const tflite::TfLiteTensor& tensor);

  // One batch: the values in float, in the simulation, and as the file stores them.  All of one size; throws
  // ShapeError otherwise.
  void add(const Array& floating, const Array& simulated, const Array& stored);

  // What is known of the output alone: ratios, largest errors, saturation and codes.
  LayerError error() const;
  // The power of the file's error over that of the signal.
  double relative_error() const;

 private:
  double scale_ = 0;  // 0: stored as float
  double zero_point_ = 0;
  double lowest_ = 0, highest_ = 0;  // the grid's ends
  std::vector<bool> taken_;          // by code, from the lowest
  double signal_ = 0, file_error_ = 0, simulated_error_ = 0;
  double largest_ = 0, parted_ = 0;
  int64_t count_ = 0, saturated_ = 0;
};

}  // namespace nudge::explain
