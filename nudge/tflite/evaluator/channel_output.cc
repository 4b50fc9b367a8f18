#include "nudge/tflite/evaluator/channel_output.h"

#include <fmt/format.h>

#include <cstring>

namespace nudge::tflite {

namespace {

template <typename T>
std::vector<T> bias_of(const Preparation& op, size_t input, int64_t channels, TensorType type) {
  std::vector<T> bias(static_cast<size_t>(channels));
  if (!op.has_input(input)) return bias;
  const TfLiteTensor& tensor = op.input(input);
  op.expect_type(tensor, type);
  if (!tensor.is_constant()) op.unsupported(fmt::format("bias '{}' must be a constant", tensor.name));
  if (element_count(tensor.shape) != channels) {
    op.fail(fmt::format("bias '{}' has the shape {}, {} channels are needed", tensor.name,
                        to_string(tensor.shape), channels));
  }
  std::memcpy(bias.data(), tensor.data.data(), tensor.data.size());
  return bias;
}

}  // namespace

std::vector<int32_t> integer_bias(const Preparation& op, size_t input, int64_t channels) {
  return bias_of<int32_t>(op, input, channels, TensorType::kInt32);
}

std::vector<int64_t> wide_bias(const Preparation& op, size_t input, int64_t channels) {
  return bias_of<int64_t>(op, input, channels, TensorType::kInt64);
}

std::vector<float> float_bias(const Preparation& op, size_t input, int64_t channels) {
  return bias_of<float>(op, input, channels, TensorType::kFloat32);
}

Requantization channel_output(const Preparation& op, const TfLiteTensor& input, const TfLiteTensor& weights,
                              int32_t dimension, size_t bias, int64_t channels, FusedActivation activation) {
  Requantization output;
  output.zero_point = op.zero_point(op.output());
  const ActivationRange<int32_t> range = op.code_range(activation, op.output());
  output.low = range.low;
  output.high = range.high;
  const auto in = static_cast<double>(op.scale(input));
  const auto out = static_cast<double>(op.scale(op.output()));
  const bool is_unsigned = op.is(weights, TensorType::kUInt8);
  const std::vector<float> scales = op.channel_scales(weights, dimension, channels);
  const std::vector<int32_t> biases = integer_bias(op, bias, channels);
  for (size_t i = 0; i < scales.size(); ++i) {
    // Of unsigned codes the runtime multiplies scales in single precision.
    const double product =
        is_unsigned ? static_cast<double>(op.scale(input) * scales[i]) : in * static_cast<double>(scales[i]);
    output.add_channel(biases[i], quantize_multiplier(product / out));
  }
  return output;
}

PackedWeights pack_weights(const Preparation& op, const TfLiteTensor& weights, const std::byte* codes,
                           int64_t rows, int64_t depth) {
  if (op.only_checks()) return {};
  if (weights.type == TensorType::kUInt8)
    return {reinterpret_cast<const uint8_t*>(codes), op.zero_point(weights), rows, depth};
  return {reinterpret_cast<const int8_t*>(codes), rows, depth};
}

std::vector<int16_t> centered_weights(const Preparation& op, const TfLiteTensor& weights) {
  const bool is_unsigned = weights.type == TensorType::kUInt8;
  if (op.only_checks()) return {};
  const int32_t zero = is_unsigned ? op.zero_point(weights) : 0;
  std::vector<int16_t> values;
  values.reserve(weights.data.size());
  for (const std::byte code : weights.data) {
    const int32_t value = is_unsigned ? static_cast<int32_t>(code) : static_cast<int8_t>(code);
    values.push_back(static_cast<int16_t>(value - zero));
  }
  return values;
}

FloatWeights pack_floats(const Preparation& op, const std::byte* values, int64_t rows, int64_t depth) {
  if (op.only_checks()) return {};
  return {reinterpret_cast<const float*>(values), rows, depth};
}

BlockWeights<int8_t> pack_wide(const Preparation& op, const std::byte* codes, int64_t rows, int64_t depth) {
  if (op.only_checks()) return {};
  return {reinterpret_cast<const int8_t*>(codes), rows, depth};
}

}  // namespace nudge::tflite
