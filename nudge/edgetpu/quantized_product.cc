#include "nudge/edgetpu/quantized_product.h"

#include <algorithm>
#include <cmath>

namespace nudge::edgetpu {
namespace {

using Op = tflite::BuiltinOperator;
using tflite::TfLiteTensor;

bool has_scales(const TfLiteTensor* tensor) {
  return tensor != nullptr && is_8bit(*tensor) && tensor->quantization &&
         !tensor->quantization->scale.empty();
}

int zero_point(const TfLiteTensor& tensor) {
  const auto& zeros = tensor.quantization->zero_point;
  return zeros.empty() ? 0 : static_cast<int>(zeros[0]);
}

int code(const TfLiteTensor& tensor, size_t i) {
  return tensor.type == tflite::TensorType::kInt8 ? static_cast<int>(static_cast<int8_t>(tensor.data[i]))
                                                  : static_cast<int>(tensor.data[i]);
}

}  // namespace

std::optional<size_t> QuantizedProduct::channel_without_multiplier() const {
  const float in = input->quantization->scale[0];
  const float out = output->quantization->scale[0];
  const auto& scales = weights->quantization->scale;
  for (size_t i = 0; i < scales.size(); ++i) {
    const auto multiplier = static_cast<float>(static_cast<double>(in) * static_cast<double>(scales[i]) /
                                               static_cast<double>(out));
    if (!std::isfinite(multiplier) || multiplier <= 0) return i;
  }
  return std::nullopt;
}

bool QuantizedProduct::is_zero_or_identity() const {
  const size_t count = weights->data.size();
  if (weights->shape.size() != 2 || count == 0) return false;
  const int zero = zero_point(*weights);
  const auto columns = static_cast<size_t>(weights->shape[1]);
  const int diagonal = code(*weights, 0);
  const bool square = weights->shape[0] == weights->shape[1] && count == columns * columns;
  if (diagonal != zero && !square) return false;
  for (size_t i = 0; i < count; ++i) {
    const bool on_diagonal = diagonal != zero && i % (columns + 1) == 0;
    if (code(*weights, i) != (on_diagonal ? diagonal : zero)) return false;
  }
  return true;
}

std::optional<QuantizedProduct> quantized_product(const OperatorView& op) {
  QuantizedProduct product;
  switch (op.op().op) {
    case Op::kConv2d:
    case Op::kDepthwiseConv2d:
    case Op::kFullyConnected:
      product = {.input = op.input(0), .weights = op.input(1), .output = op.output(0), .bias = op.input(2)};
      product.is_dense = op.op().op == Op::kFullyConnected;
      break;
    case Op::kTransposeConv:
      product = {.input = op.input(2), .weights = op.input(1), .output = op.output(0), .bias = op.input(3)};
      break;
    default:
      return std::nullopt;
  }
  if (!has_scales(product.input) || !has_scales(product.weights) || !has_scales(product.output)) {
    return std::nullopt;
  }
  return product;
}

}  // namespace nudge::edgetpu
