// UNIDIRECTIONAL_SEQUENCE_LSTM of float sequences: with weights of floats, peepholes and layer normalization
// included, or with int8 weights (hybrid), whose inputs and states are quantized anew in each step.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/dynamic_range.h"
#include "nudge/tflite/evaluator/sequence_lstm.h"

namespace nudge::tflite::lstm {

namespace {

using Values = std::vector<float>;

// A vector as a product takes it: as it is, and as codes where some weights are codes.
struct Operand {
  const float* values = nullptr;
  std::vector<int8_t> codes;
  RunGrid grid;
};

struct WeightMatrix {
  Values values;              // (rows, depth), or
  std::vector<int8_t> codes;  // the same of int8 weights
  float scale = 1;
  int64_t depth = 0;

  bool is_empty() const { return values.empty() && codes.empty(); }

  // to[row] += the row times the operand.
  void add_products(const Operand& x, Values& to) const {
    for (size_t row = 0; row < to.size(); ++row) {
      const auto first = static_cast<int64_t>(row) * depth;
      if (codes.empty()) {
        float sum = 0;
        for (int64_t k = 0; k < depth; ++k) sum += values[static_cast<size_t>(first + k)] * x.values[k];
        to[row] += sum;
        continue;
      }
      int32_t sum = 0;
      for (int64_t k = 0; k < depth; ++k) {
        const auto at = static_cast<size_t>(k);
        sum += codes[static_cast<size_t>(first + k)] * (x.codes[at] - x.grid.zero_point);
      }
      to[row] += static_cast<float>(sum) * (x.grid.scale * scale);
    }
  }
};

WeightMatrix weight_matrix(const Preparation& op, size_t input, int64_t rows, int64_t depth,
                           TensorType type) {
  const TfLiteTensor& tensor = weights_of(op, input, rows, depth);
  op.expect_type(tensor, type);
  WeightMatrix matrix;
  matrix.depth = depth;
  if (type == TensorType::kInt8) {
    if (op.zero_point(tensor) != 0) op.unsupported("int8 weights have a zero point other than 0");
    matrix.scale = op.scale(tensor);
    matrix.codes.resize(tensor.data.size());
    std::memcpy(matrix.codes.data(), tensor.data.data(), tensor.data.size());
  } else {
    matrix.values.resize(tensor.data.size() / sizeof(float));
    std::memcpy(matrix.values.data(), tensor.data.data(), tensor.data.size());
  }
  return matrix;
}

struct GateWeights {
  WeightMatrix from_input;
  WeightMatrix from_state;
  Values peephole;
  Values normalization;
  Values bias;
};

float logistic(float x) { return 1.0F / (1.0F + std::exp(-x)); }

void normalize_gate(Values& values, const Values& coefficients, const Values& bias) {
  constexpr float kLeastVariance = 1e-8F;
  const auto count = static_cast<float>(values.size());
  float sum = 0, squares = 0;
  for (const float value : values) sum += value;
  const float mean = sum / count;
  for (const float value : values) squares += (value - mean) * (value - mean);
  const float inverse = 1.0F / std::sqrt(squares / count + kLeastVariance);
  for (size_t i = 0; i < values.size(); ++i)
    values[i] = (values[i] - mean) * inverse * coefficients[i] + bias[i];
}

struct FloatLstm : Sizes {
  std::array<GateWeights, 4> gates;
  WeightMatrix projection;
  Values projection_bias;
  bool hybrid = false;
  bool asymmetric = false;
  FusedActivation activation = FusedActivation::kTanh;
  float cell_clip = 0;
  float projection_clip = 0;

  Operand operand(const float* values, int64_t count) const {
    Operand result{.values = values};
    if (!hybrid) return result;
    result.codes.resize(static_cast<size_t>(count));
    result.grid = asymmetric ? quantize_asymmetric(values, count, result.codes.data())
                             : quantize_symmetric(values, count, result.codes.data());
    return result;
  }

  float activated(float x) const {
    switch (activation) {
      case FusedActivation::kRelu:
        return std::max(0.0F, x);
      case FusedActivation::kRelu6:
        return std::clamp(x, 0.0F, 6.0F);
      case FusedActivation::kTanh:
        return std::tanh(x);
      default:
        return x;
    }
  }

  Values gate(Gate which, const Operand& x, const Operand& state, const float* cell) const {
    const GateWeights& weights = gates[which];
    Values values = weights.normalization.empty() ? weights.bias : Values(static_cast<size_t>(cells), 0.0F);
    weights.from_input.add_products(x, values);
    weights.from_state.add_products(state, values);
    for (size_t c = 0; c < weights.peephole.size(); ++c) values[c] += weights.peephole[c] * cell[c];
    if (!weights.normalization.empty()) normalize_gate(values, weights.normalization, weights.bias);
    for (float& value : values) value = which == kCellGate ? activated(value) : logistic(value);
    return values;
  }

  void step(const float* input, float* cell, float* state) const {
    const Operand x = operand(input, inputs), before = operand(state, outputs);
    const Values forget = gate(kForgetGate, x, before, cell), candidate = gate(kCellGate, x, before, cell);
    Values opened;
    if (has_input_gate) opened = gate(kInputGate, x, before, cell);
    for (size_t c = 0; c < forget.size(); ++c) {
      cell[c] = forget[c] * cell[c] + candidate[c] * (has_input_gate ? opened[c] : 1.0F - forget[c]);
      if (cell_clip > 0) cell[c] = std::clamp(cell[c], -cell_clip, cell_clip);
    }
    Values hidden = gate(kOutputGate, x, before, cell);
    for (size_t c = 0; c < hidden.size(); ++c) hidden[c] *= activated(cell[c]);
    if (projection.is_empty()) {
      std::copy(hidden.begin(), hidden.end(), state);
      return;
    }
    Values projected = projection_bias;
    projection.add_products(operand(hidden.data(), cells), projected);
    for (size_t o = 0; o < projected.size(); ++o) {
      state[o] =
          projection_clip > 0 ? std::clamp(projected[o], -projection_clip, projection_clip) : projected[o];
    }
  }
};

void read_gate(const Preparation& op, Gate gate, TensorType weights, FloatLstm& lstm) {
  GateWeights& to = lstm.gates[gate];
  to.from_input = weight_matrix(op, kInputWeights + gate, lstm.cells, lstm.inputs, weights);
  to.from_state = weight_matrix(op, kRecurrentWeights + gate, lstm.cells, lstm.outputs, weights);
  to.bias = float_bias(op, kBiases + gate, lstm.cells);
  if (gate != kCellGate) {
    const size_t peephole = kPeepholes + (gate == kOutputGate ? 2 : static_cast<size_t>(gate));
    if (op.has_input(peephole)) to.peephole = float_bias(op, peephole, lstm.cells);
  }
  if (op.has_input(kNormalization + gate))
    to.normalization = float_bias(op, kNormalization + gate, lstm.cells);
  if (lstm.hybrid && (!to.peephole.empty() || !to.normalization.empty()))
    op.unsupported("peepholes and layer normalization with int8 weights are not computed here");
}

}  // namespace

Kernel prepare_float(const Preparation& op, const TfLiteUnidirectionalSequenceLstmOptions& options) {
  if (options.diagonal_recurrent_tensors) op.unsupported("diagonal recurrent weights are not computed here");
  FloatLstm lstm{read_sizes(op, options)};
  for (const size_t state : {kOutputState, kCellState}) op.expect_type(op.input(state), TensorType::kFloat32);
  switch (options.activation) {
    case FusedActivation::kNone:
    case FusedActivation::kRelu:
    case FusedActivation::kRelu6:
    case FusedActivation::kTanh:
      lstm.activation = options.activation;
      break;
    default:
      op.unsupported(fmt::format("activation {} is not computed here", static_cast<int>(options.activation)));
  }
  const TensorType weights = op.input(kInputWeights + kForgetGate).type;
  lstm.hybrid = weights == TensorType::kInt8;
  lstm.asymmetric = options.asymmetric_quantize_inputs;
  lstm.cell_clip = options.cell_clip;
  lstm.projection_clip = options.proj_clip;
  const TensorType type = lstm.hybrid ? TensorType::kInt8 : TensorType::kFloat32;
  for (const Gate gate : {kInputGate, kForgetGate, kCellGate, kOutputGate}) {
    if (gate != kInputGate || lstm.has_input_gate) read_gate(op, gate, type, lstm);
  }
  if (op.has_input(kProjection)) {
    lstm.projection = weight_matrix(op, kProjection, lstm.outputs, lstm.cells, type);
    lstm.projection_bias = float_bias(op, kProjectionBias, lstm.outputs);
  }
  return [lstm, in = op.input_index(kSequence), state_index = op.input_index(kOutputState),
          cell_index = op.input_index(kCellState), out = op.output_index()](Arrays& arrays) {
    // Each run begins anew.
    float* state = arrays[state_index].data<float>();
    float* cell = arrays[cell_index].data<float>();
    std::fill_n(state, arrays[state_index].size(), 0.0F);
    std::fill_n(cell, arrays[cell_index].size(), 0.0F);
    for (int64_t batch = 0; batch < lstm.batches; ++batch) {
      float* here = state + batch * lstm.outputs;
      for (int64_t step = 0; step < lstm.steps; ++step) {
        const int64_t at = lstm.row(batch, step);
        lstm.step(arrays[in].data<float>() + at * lstm.inputs, cell + batch * lstm.cells, here);
        std::copy_n(here, lstm.outputs, arrays[out].data<float>() + at * lstm.outputs);
      }
    }
  };
}

}  // namespace nudge::tflite::lstm
