// SVDF of int8 codes with a 16-bit memory: each filter keeps its last results and weighs them over time.
#include <fmt/format.h>

#include <algorithm>
#include <cstring>

#include "nudge/tflite/evaluator/channel_output.h"
#include "nudge/tflite/evaluator/code_types.h"

namespace nudge::tflite {

namespace {

constexpr size_t kInput = 0, kFeatureWeights = 1, kTimeWeights = 2, kBias = 3, kState = 4;

struct Svdf {
  int64_t batches = 1;
  int64_t inputs = 1;
  int64_t filters = 1;
  int64_t memory = 1;  // results that a filter keeps
  int64_t rank = 1;    // filters of a unit
  std::vector<int8_t> feature_weights;
  std::vector<int16_t> time_weights;
  std::vector<int32_t> bias;
  Multiplier to_state;
  Multiplier to_output;
  int32_t zero_in = 0;
  int32_t zero_out = 0;

  int16_t result(int64_t filter, const int8_t* x) const {
    const int8_t* weight = feature_weights.data() + filter * inputs;
    int32_t sum = 0;
    for (int64_t i = 0; i < inputs; ++i) sum = wrapping_sum(sum, weight[i] * (x[i] - zero_in));
    return saturate_int16(multiply(sum, to_state));
  }

  int8_t output(int64_t unit, const int16_t* state) const {
    int32_t sum = bias[static_cast<size_t>(unit)];
    const int64_t first = unit * rank * memory;
    for (int64_t i = first; i < first + rank * memory; ++i)
      sum = wrapping_sum(sum, time_weights[static_cast<size_t>(i)] * state[i]);
    return saturate<int8_t>(int64_t{multiply(sum, to_output)} + zero_out);
  }
};

template <typename T>
std::vector<T> constant_values(const Preparation& op, size_t input, TensorType type) {
  const TfLiteTensor& tensor = op.input(input);
  op.expect_type(tensor, type);
  if (!tensor.is_constant()) op.unsupported(fmt::format("input {} must be a constant", input));
  std::vector<T> values(tensor.data.size() / sizeof(T));
  std::memcpy(values.data(), tensor.data.data(), values.size() * sizeof(T));
  return values;
}

Svdf make_svdf(const Preparation& op, const TfLiteSvdfOptions& options) {
  const TfLiteTensor& input = op.input(kInput);
  const TfLiteTensor& features = op.input(kFeatureWeights);
  const TfLiteTensor& times = op.input(kTimeWeights);
  const TfLiteTensor& state = op.input(kState);
  for (const TfLiteTensor* tensor : {&input, &features, &times}) op.expect_rank(*tensor, 2);
  op.expect_type(state, TensorType::kInt16);
  Svdf svdf;
  svdf.batches = input.shape[0];
  svdf.inputs = input.shape[1];
  svdf.filters = features.shape[0];
  svdf.memory = times.shape[1];
  svdf.rank = options.rank;
  if (svdf.rank < 1 || svdf.filters % svdf.rank != 0 || svdf.memory < 1)
    op.fail(fmt::format("{} filters of rank {} and {} steps", svdf.filters, svdf.rank, svdf.memory));
  if (features.shape[1] != svdf.inputs || times.shape[0] != svdf.filters ||
      element_count(state.shape) != svdf.batches * svdf.filters * svdf.memory)
    op.fail("its input, weights and memory do not fit");
  svdf.feature_weights = constant_values<int8_t>(op, kFeatureWeights, TensorType::kInt8);
  svdf.time_weights = constant_values<int16_t>(op, kTimeWeights, TensorType::kInt16);
  svdf.bias = integer_bias(op, kBias, svdf.filters / svdf.rank);
  const float to_state = op.scale(input) * op.scale(features) / op.scale(state);
  const float to_output = op.scale(state) * op.scale(times) / op.scale(op.output());
  svdf.to_state = quantize_multiplier(static_cast<double>(to_state));
  svdf.to_output = quantize_multiplier(static_cast<double>(to_output));
  svdf.zero_in = op.zero_point(input);
  svdf.zero_out = op.zero_point(op.output());
  return svdf;
}

}  // namespace

Kernel prepare_svdf(const Preparation& op) {
  op.expect_type(op.input(kInput), TensorType::kInt8);
  op.expect_type(op.output(), TensorType::kInt8);
  const Svdf svdf = make_svdf(op, op.options<TfLiteSvdfOptions>());
  const int64_t units = svdf.filters / svdf.rank;
  op.set_output_shape({svdf.batches, units});
  return [svdf, units, in = op.input_index(kInput), memory = op.input_index(kState),
          out = op.output_index()](Arrays& arrays) {
    // Each run begins anew: all but the newest results are 0.
    int16_t* state = arrays[memory].data<int16_t>();
    std::fill_n(state, arrays[memory].size(), int16_t{0});
    for (int64_t batch = 0; batch < svdf.batches; ++batch, state += svdf.filters * svdf.memory) {
      const int8_t* x = arrays[in].data<int8_t>() + batch * svdf.inputs;
      for (int64_t filter = 0; filter < svdf.filters; ++filter)
        state[(filter + 1) * svdf.memory - 1] = svdf.result(filter, x);
      int8_t* y = arrays[out].data<int8_t>() + batch * units;
      for (int64_t unit = 0; unit < units; ++unit) y[unit] = svdf.output(unit, state);
    }
  };
}

}  // namespace nudge::tflite
