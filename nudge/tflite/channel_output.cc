#include "nudge/tflite/channel_output.h"

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
  const std::vector<float> scales = op.channel_scales(weights, dimension, channels);
  const std::vector<int32_t> biases = integer_bias(op, bias, channels);
  for (size_t i = 0; i < scales.size(); ++i) {
    output.add_channel(biases[i], quantize_multiplier(in * static_cast<double>(scales[i]) / out));
  }
  return output;
}

}  // namespace nudge::tflite
