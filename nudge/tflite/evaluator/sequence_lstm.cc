// UNIDIRECTIONAL_SEQUENCE_LSTM of int8 sequences with int8 weights and a 16-bit cell, with or without a
// projection and an input gate of its own; without peepholes and layer normalization.
#include "nudge/tflite/evaluator/sequence_lstm.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/code_types.h"
#include "nudge/tflite/evaluator/integer_functions.h"
#include "nudge/tflite/evaluator/wide_functions.h"

namespace nudge::tflite {

namespace lstm {

const TfLiteTensor& weights_of(const Preparation& op, size_t input, int64_t rows, int64_t depth) {
  const TfLiteTensor& tensor = op.input(input);
  if (!tensor.is_constant()) op.unsupported("weights computed by the model");
  if (tensor.shape != Shape{rows, depth}) {
    op.fail(fmt::format("weights '{}' have the shape {} where ({}, {}) is needed", tensor.name,
                        to_string(tensor.shape), rows, depth));
  }
  return tensor;
}

Sizes read_sizes(const Preparation& op, const TfLiteUnidirectionalSequenceLstmOptions& options) {
  for (size_t i = 0; i <= kCellState; ++i) {
    const bool optional = i == kInputWeights || i == kRecurrentWeights || i == kBiases || i == kProjection ||
                          i == kProjectionBias || (i >= kPeepholes && i < kPeepholes + 3);
    if (!optional && !op.has_input(i)) op.fail(fmt::format("input {} is missing", i));
  }
  const TfLiteTensor& sequence = op.input(kSequence);
  op.expect_rank(sequence, 3);
  op.expect_rank(op.input(kInputWeights + kForgetGate), 2);
  op.expect_rank(op.input(kRecurrentWeights + kForgetGate), 2);
  Sizes sizes;
  sizes.time_major = options.time_major;
  sizes.batches = sequence.shape[options.time_major ? 1 : 0];
  sizes.steps = sequence.shape[options.time_major ? 0 : 1];
  sizes.inputs = sequence.shape[2];
  sizes.cells = op.input(kInputWeights + kForgetGate).shape[0];
  sizes.outputs = op.input(kRecurrentWeights + kForgetGate).shape[1];
  sizes.has_input_gate = op.has_input(kInputWeights);
  if (op.input(kOutputState).shape != Shape{sizes.batches, sizes.outputs} ||
      op.input(kCellState).shape != Shape{sizes.batches, sizes.cells})
    op.fail("its states do not fit its sequence and weights");
  if (!op.has_input(kProjection) && sizes.outputs != sizes.cells)
    op.fail("its cells are not as many as its outputs, and it has no projection");
  Shape shape = sequence.shape;
  shape.back() = sizes.outputs;
  op.set_output_shape(shape);
  return sizes;
}

}  // namespace lstm

namespace {

using lstm::Gate;
using lstm::kBiases;
using lstm::kCellGate;
using lstm::kCellState;
using lstm::kForgetGate;
using lstm::kInputGate;
using lstm::kInputWeights;
using lstm::kNormalization;
using lstm::kOutputGate;
using lstm::kOutputState;
using lstm::kPeepholes;
using lstm::kProjection;
using lstm::kProjectionBias;
using lstm::kRecurrentWeights;
using lstm::kSequence;

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

// `zero`: of its input, whose scale is that of `input`.
Product make_product(const Preparation& op, size_t weights, size_t bias, const TfLiteTensor& input,
                     int32_t zero, int64_t rows, int64_t depth, float output_scale) {
  const TfLiteTensor& tensor = lstm::weights_of(op, weights, rows, depth);
  op.expect_type(tensor, TensorType::kInt8);
  Product product;
  product.depth = depth;
  product.weights.resize(tensor.data.size());
  std::memcpy(product.weights.data(), tensor.data.data(), tensor.data.size());
  product.bias = bias == 0 ? std::vector<int32_t>(static_cast<size_t>(rows)) : integer_bias(op, bias, rows);
  for (int64_t row = 0; row < rows; ++row) {
    int32_t& sum = product.bias[static_cast<size_t>(row)];
    for (int64_t k = 0; k < depth; ++k)
      sum = wrapping_sum(sum, -zero * product.weights[static_cast<size_t>(row * depth + k)]);
  }
  product.factor =
      quantize_multiplier(static_cast<double>(op.scale(tensor) * op.scale(input) / output_scale));
  return product;
}

struct Lstm : lstm::Sizes {
  std::array<Product, 4> from_input;
  std::array<Product, 4> from_state;
  Product projection;
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
    for (int64_t c = 0; c < cells; ++c) {
      const int32_t value = gate(kOutputGate, c, x, state) * tanh16(cell[c], 15 - cell_bits);
      hidden[static_cast<size_t>(c)] = saturate_int8(multiply(value, hidden_factor) + hidden_zero);
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
}

int cell_bits(const Preparation& op) {
  const TfLiteTensor& cell = op.input(kCellState);
  op.expect_type(cell, TensorType::kInt16);
  const std::optional<int> power = power_of_two(op.scale(cell));
  constexpr int kFewest = 9, kMost = 15;
  if (!power || -*power < kFewest || -*power > kMost)
    op.unsupported("its cell's scale is no power of two from 2^-15 to 2^-9");
  return -*power;
}

template <typename Code>
Code clip_code(float clip, float scale) {
  constexpr auto kHighest = static_cast<float>(std::numeric_limits<Code>::max());
  return clip > 0 ? static_cast<Code>(std::min(clip / scale, kHighest)) : Code{0};
}

Lstm make_lstm(const Preparation& op, const TfLiteUnidirectionalSequenceLstmOptions& options) {
  const TfLiteTensor& sequence = op.input(kSequence);
  const TfLiteTensor& state = op.input(kOutputState);
  op.expect_type(state, TensorType::kInt8);
  Lstm lstm{lstm::read_sizes(op, options)};
  constexpr float kGateScale = 1.0F / 4096;
  for (size_t gate = lstm.has_input_gate ? kInputGate : kForgetGate; gate <= kOutputGate; ++gate) {
    lstm.from_input[gate] = make_product(op, kInputWeights + gate, kBiases + gate, sequence,
                                         op.zero_point(sequence), lstm.cells, lstm.inputs, kGateScale);
    lstm.from_state[gate] = make_product(op, kRecurrentWeights + gate, 0, state, op.zero_point(state),
                                         lstm.cells, lstm.outputs, kGateScale);
  }
  const TfLiteTensor& hidden = op.intermediate(4);
  const float hidden_scale = op.scale(hidden);
  // Before a projection the runtime takes the zero point the other way round, in both places.
  lstm.hidden_zero = op.has_input(kProjection) ? -op.zero_point(hidden) : op.zero_point(hidden);
  lstm.state_zero = op.zero_point(state);
  lstm.cell_bits = cell_bits(op);
  lstm.cell_clip = clip_code<int16_t>(options.cell_clip, op.scale(op.input(kCellState)));
  lstm.projection_clip = clip_code<int8_t>(options.proj_clip, op.scale(op.output()));
  const auto unit = static_cast<float>(0x1p-15 / static_cast<double>(hidden_scale) * 0x1p-15);
  lstm.hidden_factor = quantize_multiplier(static_cast<double>(unit));
  if (op.has_input(kProjection)) {
    lstm.projection = make_product(op, kProjection, op.has_input(kProjectionBias) ? kProjectionBias : 0,
                                   hidden, lstm.hidden_zero, lstm.outputs, lstm.cells, op.scale(state));
  }
  return lstm;
}

}  // namespace

Kernel prepare_sequence_lstm(const Preparation& op) {
  const auto& options = op.options<TfLiteUnidirectionalSequenceLstmOptions>();
  if (!op.is_integer_operator()) return lstm::prepare_float(op, options);
  op.expect_type(op.input(kSequence), TensorType::kInt8);
  refuse_variants(op);
  const Lstm lstm = make_lstm(op, options);
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
        const int64_t at = lstm.row(batch, step);
        lstm.step(arrays[in].data<int8_t>() + at * lstm.inputs, cell + batch * lstm.cells,
                  state + batch * lstm.outputs, hidden);
        std::copy_n(state + batch * lstm.outputs, lstm.outputs,
                    arrays[out].data<int8_t>() + at * lstm.outputs);
      }
    }
  };
}

}  // namespace nudge::tflite
