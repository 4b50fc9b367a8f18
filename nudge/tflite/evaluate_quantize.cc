// QUANTIZE and DEQUANTIZE, between float32, int8 and uint8.
#include <algorithm>
#include <cmath>
#include <limits>

#include "nudge/tflite/elementwise.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

template <typename Out>
Out saturate(int64_t code) {
  return static_cast<Out>(
      std::clamp<int64_t>(code, std::numeric_limits<Out>::min(), std::numeric_limits<Out>::max()));
}

template <typename Out>
Kernel quantize_floats(const Preparation& op) {
  return mapped<float, Out>(op, [scale = op.scale(op.output()), zero = op.zero_point(op.output())](float x) {
    return saturate<Out>(int64_t{round_to_int32(static_cast<double>(std::round(x / scale)))} + zero);
  });
}

template <typename In, typename Out>
Kernel rescale(const Preparation& op) {
  const Multiplier factor = quantize_multiplier(static_cast<double>(op.scale(op.input(0))) /
                                                static_cast<double>(op.scale(op.output())));
  return mapped<In, Out>(
      op, [factor, zero_in = op.zero_point(op.input(0)), zero_out = op.zero_point(op.output())](In code) {
        return saturate<Out>(int64_t{multiply(code - zero_in, factor)} + zero_out);
      });
}

template <typename In>
Kernel dequantize(const Preparation& op) {
  return mapped<In, float>(op, [scale = op.scale(op.input(0)), zero = op.zero_point(op.input(0))](In code) {
    return scale * static_cast<float>(code - zero);
  });
}

}  // namespace

Kernel prepare_quantize(const Preparation& op) {
  const TensorType in = op.input(0).type;
  const TensorType out = op.output().type;
  if (in == TensorType::kFloat32 && out == TensorType::kInt8) return quantize_floats<int8_t>(op);
  if (in == TensorType::kFloat32 && out == TensorType::kUInt8) return quantize_floats<uint8_t>(op);
  if (in == TensorType::kInt8 && out == TensorType::kInt8) return rescale<int8_t, int8_t>(op);
  if (in == TensorType::kUInt8 && out == TensorType::kInt8) return rescale<uint8_t, int8_t>(op);
  if (in == TensorType::kInt8 && out == TensorType::kUInt8) return rescale<int8_t, uint8_t>(op);
  if (in == TensorType::kUInt8 && out == TensorType::kUInt8) return rescale<uint8_t, uint8_t>(op);
  op.unsupported("from " + to_string(in) + " to " + to_string(out) + " is not computed here");
}

Kernel prepare_dequantize(const Preparation& op) {
  op.expect_type(op.output(), TensorType::kFloat32);
  if (op.is(op.input(0), TensorType::kUInt8)) return dequantize<uint8_t>(op);
  op.expect_type(op.input(0), TensorType::kInt8);
  return dequantize<int8_t>(op);
}

}  // namespace nudge::tflite
