// UNIDIRECTIONAL_SEQUENCE_LSTM: the places of its inputs and what its kernels have in common.
#pragma once

#include "nudge/tflite/evaluator/operator_kernel.h"

namespace nudge::tflite::lstm {

// Of the gates in the order input, forget, cell, output; peepholes have none for the cell.
inline constexpr size_t kSequence = 0, kInputWeights = 1, kRecurrentWeights = 5, kPeepholes = 9, kBiases = 12,
                        kProjection = 16, kProjectionBias = 17, kOutputState = 18, kCellState = 19,
                        kNormalization = 20;
enum Gate : size_t { kInputGate, kForgetGate, kCellGate, kOutputGate };

struct Sizes {
  int64_t batches = 1;
  int64_t steps = 1;
  int64_t inputs = 1;
  int64_t cells = 1;
  int64_t outputs = 1;
  bool time_major = false;
  bool has_input_gate = true;  // else the input gate is 1 less the forget gate

  // Where a step of a batch lies in the sequence, in rows.
  int64_t row(int64_t batch, int64_t step) const {
    return time_major ? step * batches + batch : batch * steps + step;
  }
};

// Checks that what every LSTM needs is there, and its states; sets the output's shape.
Sizes read_sizes(const Preparation& op, const TfLiteUnidirectionalSequenceLstmOptions& options);

// Constant weights of this shape.
const TfLiteTensor& weights_of(const Preparation& op, size_t input, int64_t rows, int64_t depth);

// Float activations, with weights of floats or int8 codes.
Kernel prepare_float(const Preparation& op, const TfLiteUnidirectionalSequenceLstmOptions& options);

}  // namespace nudge::tflite::lstm
