// A convolution or dense layer in 8 bits: its weights, bias and multipliers.
#pragma once

#include <optional>

#include "nudge/edgetpu/operator_view.h"

namespace nudge::edgetpu {

struct QuantizedProduct {
  const tflite::TfLiteTensor* input = nullptr;
  const tflite::TfLiteTensor* weights = nullptr;
  const tflite::TfLiteTensor* output = nullptr;
  const tflite::TfLiteTensor* bias = nullptr;  // nullptr: none
  bool is_dense = false;

  // The first channel whose input scale * weight scale / output scale is zero or not finite in float32.
  std::optional<size_t> channel_without_multiplier() const;
  // Weights of zeros alone, or a square with one value on its diagonal and zeros elsewhere.
  bool is_zero_or_identity() const;
};

// nullopt when the operator is none, or is not quantized with one scale for its input and output.
std::optional<QuantizedProduct> quantized_product(const OperatorView& op);

}  // namespace nudge::edgetpu
