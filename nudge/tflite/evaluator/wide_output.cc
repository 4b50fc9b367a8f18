#include "nudge/tflite/evaluator/wide_output.h"

#include <cstring>

#include "nudge/tflite/evaluator/channel_output.h"

namespace nudge::tflite {

namespace {

void expect_centered(const Preparation& op, const TfLiteTensor& tensor) {
  op.expect_type(tensor, TensorType::kInt16);
  if (op.zero_point(tensor) != 0) op.unsupported("its 16-bit codes have a zero point other than 0");
}

}  // namespace

WideOutput wide_output(const Preparation& op, const TfLiteTensor& input, const TfLiteTensor& weights,
                       int32_t dimension, size_t bias, int64_t channels, FusedActivation activation) {
  expect_centered(op, input);
  expect_centered(op, op.output());
  op.expect_type(weights, TensorType::kInt8);
  WideOutput output;
  output.range = op.code_range(activation, op.output());
  output.narrow = op.has_input(bias) && op.is(op.input(bias), TensorType::kInt32);
  if (output.narrow) {
    const std::vector<int32_t> values = integer_bias(op, bias, channels);
    output.bias.assign(values.begin(), values.end());
  } else {
    output.bias = wide_bias(op, bias, channels);
  }
  for (const float scale : op.channel_scales(weights, dimension, channels)) {
    output.factors.push_back(
        quantize_multiplier(static_cast<double>(op.scale(input)) * static_cast<double>(scale) /
                            static_cast<double>(op.scale(op.output()))));
  }
  return output;
}

}  // namespace nudge::tflite
