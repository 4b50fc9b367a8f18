// UNIDIRECTIONAL_SEQUENCE_LSTM of int8 sequences with int8 weights and a 16-bit cell, with or without a
// projection and an input gate of its own; without peepholes and layer normalization.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/integer_functions.h"

namespace nudge::tflite {

namespace {

// Inputs by their places; of the gates in the order input, forget, cell, output.
constexpr size_t kSequence = 0, kInputWeights = 1, kRecurrentWeights = 5, kPeepholes = 9, kBiases = 12,
                 kProjection = 16, kProjectionBias = 17, kOutputState = 18, kCellState = 19,
                 kNormalization = 20;
enum Gate : size_t { kInputGate, kForgetGate, kCellGate, kOutputGate };

// A matrix of weights whose bias holds what the zero point of its input adds.
struct Product {
  std::vector<int8_t> weights;  // (rows, depth); empty where the operator has none
  std::vector<int32_t> bias;
  int64_t depth = 0;
  Multiplier factor;

  int32_t row(int64_t index, const int8_t* input) const {
    int32_t sum = bias[static_cast<size_t>(index)];
    const int8_t* weight = weights.data() + index * depth;
    for (int64_t k = 0; k < depth; ++k) sum = wrapping_sum(sum, input[k] * weight[k]);
    return multiply(sum, factor);
  }
};

Product make_product(const Preparation& op, size_t weights, size_t bias, const TfLiteTensor& input,
                     int64_t rows, int64_t depth, float output_scale) {
  const TfLiteTensor& tensor = op.input(weights);
  op.expect_type(tensor, TensorType::kInt8);
  if (!tensor.is_constant()) op.unsupported("weights computed by the model");
  if (tensor.shape != Shape{rows, depth}) {
    op.fail(fmt::format("weights '{}' have the shape {} where ({}, {}) is needed", tensor.name,
                        to_string(tensor.shape), rows, depth));
  }
  Product product;
  product.depth = depth;
  product.weights.resize(tensor.data.size());
  std::memcpy(product.weights.data(), tensor.data.data(), tensor.data.size());
  product.bias = bias == 0 ? std::vector<int32_t>(static_cast<size_t>(rows)) : integer_bias(op, bias, rows);
  const int32_t zero = op.zero_point(input);
  for (int64_t row = 0; row < rows; ++row) {
    int32_t& sum = product.bias[static_cast<size_t>(row)];
    for (int64_t k = 0; k < depth; ++k)
      sum = wrapping_sum(sum, -zero * product.weights[static_cast<size_t>(row * depth + k)]);
  }
  product.factor =
      quantize_multiplier(static_cast<double>(op.scale(tensor) * op.scale(input) / output_scale));
  return product;
}

struct Lstm {
  int64_t batches = 1;
  int64_t steps = 1;
  int64_t inputs = 1;
  int64_t cells = 1;
  int64_t outputs = 1;
  bool time_major = false;
  std::array<Product, 4> from_input;
  std::array<Product, 4> from_state;
  Product projection;
  bool has_input_gate = true;
  int cell_bits = 0;  // the cell's scale is 2^-cell_bits
  int16_t cell_clip = 0;
  int8_t projection_clip = 0;
  Multiplier hidden_factor;
  int32_t hidden_zero = 0;
  int32_t state_zero = 0;

  int16_t gate(Gate which, int64_t cell, const int8_t* x, const int8_t* state) const {
    const int16_t first = saturate_int16(from_input[which].row(cell, x));
    const auto sum = static_cast<int64_t>(first) + from_state[which].row(cell, state);
    const int16_t before = saturate<int16_t>(sum);
    return which == kCellGate ? tanh16(before, 3) : logistic16(before);
  }

  int16_t new_cell(int16_t old, int64_t cell, const int8_t* x, const int8_t* state) const {
    const int16_t forget = gate(kForgetGate, cell, x, state), candidate = gate(kCellGate, cell, x, state);
    const auto opened =
        has_input_gate ? gate(kInputGate, cell, x, state) : static_cast<int16_t>(INT16_MAX - forget);
    const auto kept = static_cast<int16_t>(rounding_shift_right(forget * old, 15));
    const auto added = static_cast<int16_t>(rounding_shift_right(opened * candidate, 30 - cell_bits));
    const int16_t sum = saturate_int16(kept + added);
    return cell_clip > 0 ? std::clamp<int16_t>(sum, static_cast<int16_t>(-cell_clip), cell_clip) : sum;
  }

  // One step of one batch; `hidden` is room for the cells' outputs.
  void step(const int8_t* x, int16_t* cell, int8_t* state, std::vector<int8_t>& hidden) const {
    for (int64_t c = 0; c < cells; ++c) cell[c] = new_cell(cell[c], c, x, state);
    const bool projects = !projection.weights.empty();
    // The projection takes the zero point the other way round.
    const int32_t zero = projects ? -hidden_zero : hidden_zero;
    for (int64_t c = 0; c < cells; ++c) {
      const int32_t value = gate(kOutputGate, c, x, state) * tanh16(cell[c], 15 - cell_bits);
      hidden[static_cast<size_t>(c)] = saturate_int8(multiply(value, hidden_factor) + zero);
    }
    if (!projects) {
      std::copy_n(hidden.data(), cells, state);
      return;
    }
    for (int64_t o = 0; o < outputs; ++o) {
      const int8_t code = saturate_int8(projection.row(o, hidden.data()) + state_zero);
      state[o] = projection_clip > 0
                     ? std::clamp<int8_t>(code, static_cast<int8_t>(-projection_clip), projection_clip)
                     : code;
    }
  }
};

void refuse_variants(const Preparation& op) {
  for (size_t i = kPeepholes; i < kPeepholes + 3; ++i) {
    if (op.has_input(i)) op.unsupported("peepholes are not computed here");
  }
  for (size_t i = kNormalization; i < kNormalization + 4; ++i) {
    if (op.has_input(i)) op.unsupported("layer normalization is not computed here");
  }
  for (size_t i = 0; i <= kCellState; ++i) {
    const bool optional = i == kInputWeights || i == kRecurrentWeights || i == kBiases || i == kProjection ||
                          i == kProjectionBias || (i >= kPeepholes && i < kPeepholes + 3);
    if (!optional && !op.has_input(i)) op.fail(fmt::format("input {} is missing", i));
  }
}

int cell_bits(const Preparation& op) {
  const TfLiteTensor& cell = op.input(kCellState);
  op.expect_type(cell, TensorType::kInt16);
  const float bits = -std::log2(op.scale(cell)), rounded = std::round(bits);
  constexpr float kTolerance = 1e-3F;
  constexpr float kFewest = 9, kMost = 15;
  if (std::abs(bits - rounded) >= kTolerance || rounded < kFewest || rounded > kMost)
    op.unsupported("its cell's scale is no power of two from 2^-15 to 2^-9");
  return static_cast<int>(rounded);
}

template <typename Code>
Code clip_code(float clip, float scale) {
  constexpr auto kHighest = static_cast<float>(std::numeric_limits<Code>::max());
  return clip > 0 ? static_cast<Code>(std::min(clip / scale, kHighest)) : Code{0};
}

Lstm make_lstm(const Preparation& op, const TfLiteUnidirectionalSequenceLstmOptions& options) {
  const TfLiteTensor& sequence = op.input(kSequence);
  const TfLiteTensor& state = op.input(kOutputState);
  op.expect_rank(sequence, 3);
  op.expect_rank(op.input(kInputWeights + kForgetGate), 2);
  op.expect_rank(op.input(kRecurrentWeights + kForgetGate), 2);
  op.expect_type(state, TensorType::kInt8);
  Lstm lstm;
  lstm.time_major = options.time_major;
  lstm.batches = sequence.shape[options.time_major ? 1 : 0];
  lstm.steps = sequence.shape[options.time_major ? 0 : 1];
  lstm.inputs = sequence.shape[2];
  lstm.cells = op.input(kInputWeights + kForgetGate).shape[0];
  lstm.outputs = op.input(kRecurrentWeights + kForgetGate).shape[1];
  lstm.has_input_gate = op.has_input(kInputWeights);
  if (state.shape != Shape{lstm.batches, lstm.outputs} ||
      op.input(kCellState).shape != Shape{lstm.batches, lstm.cells})
    op.fail("its states do not fit its sequence and weights");
  constexpr float kGateScale = 1.0F / 4096;
  for (size_t gate = lstm.has_input_gate ? kInputGate : kForgetGate; gate <= kOutputGate; ++gate) {
    lstm.from_input[gate] =
        make_product(op, kInputWeights + gate, kBiases + gate, sequence, lstm.cells, lstm.inputs, kGateScale);
    lstm.from_state[gate] =
        make_product(op, kRecurrentWeights + gate, 0, state, lstm.cells, lstm.outputs, kGateScale);
  }
  const TfLiteTensor& hidden = op.intermediate(4);
  const float hidden_scale = op.scale(hidden);
  lstm.hidden_zero = op.zero_point(hidden);
  lstm.state_zero = op.zero_point(state);
  lstm.cell_bits = cell_bits(op);
  lstm.cell_clip = clip_code<int16_t>(options.cell_clip, op.scale(op.input(kCellState)));
  lstm.projection_clip = clip_code<int8_t>(options.proj_clip, op.scale(op.output()));
  const auto unit = static_cast<float>(0x1p-15 / static_cast<double>(hidden_scale) * 0x1p-15);
  lstm.hidden_factor = quantize_multiplier(static_cast<double>(unit));
  if (op.has_input(kProjection)) {
    lstm.projection = make_product(op, kProjection, op.has_input(kProjectionBias) ? kProjectionBias : 0,
                                   hidden, lstm.outputs, lstm.cells, op.scale(state));
  } else if (lstm.outputs != lstm.cells) {
    op.fail("its cells are not as many as its outputs, and it has no projection");
  }
  return lstm;
}

}  // namespace

Kernel prepare_sequence_lstm(const Preparation& op) {
  if (!op.is_integer_operator()) op.unsupported("in float32 it is not computed here");
  op.expect_type(op.input(kSequence), TensorType::kInt8);
  const auto& options = op.options<TfLiteUnidirectionalSequenceLstmOptions>();
  refuse_variants(op);
  Shape shape = op.input(kSequence).shape;
  const Lstm lstm = make_lstm(op, options);
  shape.back() = lstm.outputs;
  op.set_output_shape(shape);
  return [lstm, in = op.input_index(kSequence), state_index = op.input_index(kOutputState),
          cell_index = op.input_index(kCellState), out = op.output_index()](Arrays& arrays) {
    // Each run begins anew.
    int8_t* state = arrays[state_index].data<int8_t>();
    int16_t* cell = arrays[cell_index].data<int16_t>();
    std::fill_n(state, arrays[state_index].size(), static_cast<int8_t>(lstm.state_zero));
    std::fill_n(cell, arrays[cell_index].size(), int16_t{0});
    std::vector<int8_t> hidden(static_cast<size_t>(lstm.cells));
    for (int64_t batch = 0; batch < lstm.batches; ++batch) {
      for (int64_t step = 0; step < lstm.steps; ++step) {
        const int64_t at = lstm.time_major ? step * lstm.batches + batch : batch * lstm.steps + step;
        lstm.step(arrays[in].data<int8_t>() + at * lstm.inputs, cell + batch * lstm.cells,
                  state + batch * lstm.outputs, hidden);
        std::copy_n(state + batch * lstm.outputs, lstm.outputs,
                    arrays[out].data<int8_t>() + at * lstm.outputs);
      }
    }
  };
}

}  // namespace nudge::tflite
