#include "nudge/edgetpu/conditions.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/edgetpu/limits.h"

namespace nudge::edgetpu {
namespace {

using tflite::BuiltinOperator;
using tflite::FusedActivation;
using tflite::TfLiteTensor;

// Axes as a file has them, counted from the front; nullopt when they are computed.
std::optional<std::vector<int64_t>> axes_of(const OperatorView& op) {
  const auto axes = op.integers(1);
  if (!axes || op.input(0) == nullptr) return std::nullopt;
  const auto rank = static_cast<int64_t>(op.input(0)->shape.size());
  std::vector<int64_t> counted;
  for (const int64_t axis : *axes) counted.push_back(axis < 0 ? axis + rank : axis);
  return counted;
}

bool contains(const std::vector<int64_t>& values, int64_t value) {
  return std::find(values.begin(), values.end(), value) != values.end();
}

// A kernel of one element along an axis is not dilated along it.
std::string dilation_text(int64_t dilation_h, int64_t dilation_w, const TfLiteTensor* weights) {
  if (weights == nullptr || weights->shape.size() != 4 || dilation_h == dilation_w) return "";
  if (weights->shape[1] == 1 || weights->shape[2] == 1) return "";
  return fmt::format("its dilation is {} x {}, where both must be the same", dilation_h, dilation_w);
}

FusedActivation activation_of(const OperatorView& op) {
  if (const auto* pool = std::get_if<tflite::TfLitePool2dOptions>(&op.op().options)) return pool->activation;
  return op.options<tflite::TfLiteConcatenationOptions>().activation;
}

bool all_zero(const TfLiteTensor& tensor) {
  const int64_t zero = tensor.quantization && !tensor.quantization->zero_point.empty()
                           ? tensor.quantization->zero_point[0]
                           : 0;
  return std::all_of(tensor.data.begin(), tensor.data.end(),
                     [&](std::byte value) { return value == static_cast<std::byte>(zero & 0xFF); });
}

std::string beside_batch(bool touched) { return touched ? "it works along the batch" : ""; }

}  // namespace

std::string equal_dilations(const OperatorView& op) {
  if (op.op().op == BuiltinOperator::kConv2d) {
    const auto options = op.options<tflite::TfLiteConv2dOptions>();
    return dilation_text(options.dilation_h, options.dilation_w, op.input(1));
  }
  const auto options = op.options<tflite::TfLiteDepthwiseConv2dOptions>();
  return dilation_text(options.dilation_h, options.dilation_w, op.input(1));
}

std::string no_fused_activation(const OperatorView& op) {
  return activation_of(op) == FusedActivation::kNone ? "" : "it has a fused activation function";
}

std::string plain_weights(const OperatorView& op) {
  return op.options<tflite::TfLiteFullyConnectedOptions>().weights_format == 0
             ? ""
             : "its weights are in a shuffled format";
}

std::string one_row(const OperatorView& op) {
  const TfLiteTensor* output = op.output(0);
  if (output == nullptr || output->shape.empty()) return "";
  const int64_t rows = count_elements(*output) / std::max<int64_t>(1, output->shape.back());
  return rows <= 1 ? "" : fmt::format("it computes {} rows, where one is mapped", rows);
}

std::string not_huge_dense(const OperatorView& op) {
  const TfLiteTensor* output = op.output(0);
  if (output == nullptr || output->shape.empty() || output->shape.back() <= kLargestDense) return "";
  return fmt::format("it has {} outputs; split it into dense layers of at most {}", output->shape.back(),
                     kLargestDense);
}

std::string unit_strides(const OperatorView& op) {
  const auto options = op.options<tflite::TfLiteStridedSliceOptions>();
  if (options.ellipsis_mask != 0 || options.new_axis_mask != 0) return "it has an ellipsis or a new axis";
  const auto strides = op.integers(3);
  if (!strides) return "";
  const bool ones = std::all_of(strides->begin(), strides->end(), [](int64_t stride) { return stride == 1; });
  return ones ? "" : "it has strides other than 1";
}

std::string small_softmax(const OperatorView& op) {
  const TfLiteTensor* input = op.input(0);
  if (input == nullptr || count_elements(*input) <= kLargestSoftmax) return "";
  return fmt::format("it has {} values, where {} are known to be mapped", count_elements(*input),
                     kLargestSoftmax);
}

std::string alpha_by_channel(const OperatorView& op) {
  const TfLiteTensor* alpha = op.input(1);
  if (alpha == nullptr || alpha->shape.empty()) return "";
  return count_elements(*alpha) == alpha->shape.back()
             ? ""
             : "its alpha is not one value a channel (in Keras shared_axes=[1, 2])";
}

std::string resized_a_little(const OperatorView& op) {
  const TfLiteTensor *input = op.input(0), *output = op.output(0);
  if (input == nullptr || output == nullptr || input->shape.size() != 4 || output->shape.size() != 4) {
    return "it has other than four dimensions";
  }
  for (const size_t axis : {size_t{1}, size_t{2}}) {
    if (output->shape[axis] > kLargestResizeFactor * input->shape[axis]) {
      return fmt::format("it enlarges {} pixels to {}", input->shape[axis], output->shape[axis]);
    }
  }
  return count_elements(*output) <= kActivationMemory
             ? ""
             : fmt::format("its output of {} bytes exceeds the memory for activations ({})",
                           count_elements(*output), kActivationMemory);
}

std::string constant_weights(const OperatorView& op) {
  const size_t data = op.op().op == BuiltinOperator::kTransposeConv ? 2 : 0;
  for (size_t i = 0; i < op.input_count(); ++i) {
    if (i != data && op.is_computed_input(i)) return "its weights are computed by the model itself";
  }
  return "";
}

std::string constant_parameters(const OperatorView& op) {
  for (size_t i = 1; i < op.input_count(); ++i) {
    if (op.is_computed_input(i)) return "its parameters are computed by the model itself";
  }
  return "";
}

std::string zeros_if_constant(const OperatorView& op) {
  for (size_t i = 0; i < op.input_count(); ++i) {
    if (!op.is_constant_input(i)) continue;
    if (op.input_count() == 2 && all_zero(*op.input(i))) continue;
    return "it joins constants, where only zeros as one of two inputs are mapped";
  }
  return "";
}

std::string axes_beside_batch(const OperatorView& op) {
  const auto axes = axes_of(op);
  return beside_batch(axes && contains(*axes, 0));
}

std::string axis_beside_batch(const OperatorView& op) {
  const int64_t axis = op.options<tflite::TfLitePackOptions>().axis;
  const auto rank = op.output(0) == nullptr ? 0 : static_cast<int64_t>(op.output(0)->shape.size());
  return beside_batch((axis < 0 ? axis + rank : axis) == 0);
}

std::string split_beside_batch(const OperatorView& op) {
  if (op.is_computed_input(0)) return "its axis is computed by the model itself";
  const auto axis = op.integers(0);
  const TfLiteTensor* input = op.input(1);
  if (!axis || axis->empty() || input == nullptr || op.output_count() == 1) return "";
  const auto rank = static_cast<int64_t>(input->shape.size());
  return beside_batch((axis->front() < 0 ? axis->front() + rank : axis->front()) == 0);
}

std::string pad_beside_batch(const OperatorView& op) {
  const auto pads = op.integers(1);
  return beside_batch(pads && pads->size() >= 2 && ((*pads)[0] != 0 || (*pads)[1] != 0));
}

std::string permutation_beside_batch(const OperatorView& op) {
  const auto order = op.integers(1);
  return beside_batch(order && !order->empty() && order->front() != 0);
}

std::string tile_beside_batch(const OperatorView& op) {
  const auto times = op.integers(1);
  return beside_batch(times && !times->empty() && times->front() != 1);
}

std::string channel_mean_by_fours(const OperatorView& op) {
  const auto axes = axes_of(op);
  if (!axes || op.input(0)->shape.empty()) return "";
  const auto last = static_cast<int64_t>(op.input(0)->shape.size()) - 1;
  const int64_t channels = op.input(0)->shape.back();
  return contains(*axes, last) && channels % 4 != 0
             ? fmt::format("it averages {} channels, where only multiples of 4 are mapped", channels)
             : "";
}

std::string small_mean(const OperatorView& op) {
  const auto axes = axes_of(op);
  if (!axes) return "";
  int64_t averaged = 1;
  for (const int64_t axis : *axes) {
    if (axis < 0 || axis >= static_cast<int64_t>(op.input(0)->shape.size())) continue;
    averaged = std::min(kLargestMean,
                        averaged * std::min(kLargestMean, op.input(0)->shape[static_cast<size_t>(axis)]));
  }
  return averaged < kLargestMean
             ? ""
             : fmt::format("it averages {} values or more at once; average in two steps", kLargestMean);
}

}  // namespace nudge::edgetpu
