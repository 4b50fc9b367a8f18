// The C++ integers that hold codes: kernels are templates over them.
#pragma once

#include <algorithm>
#include <cstdint>
#include <limits>
#include <string>

#include "nudge/tflite/evaluator/operator_kernel.h"

namespace nudge::tflite {

inline constexpr int64_t kMostSummedCodes = 1 << 23;  // within 32 bits, whatever the codes of 8 bits are

// "int8": how messages say it.
inline std::string code_name(TensorType type) { return to_string(data_type(type)); }

// Whether a tensor's numbers stand for reals on a scale.
inline bool has_codes(const TfLiteTensor& tensor) {
  return is_code(tensor.type) && tensor.quantization && !tensor.quantization->scale.empty();
}

template <typename Code>
Code saturate(int64_t code) {
  return static_cast<Code>(
      std::clamp<int64_t>(code, std::numeric_limits<Code>::min(), std::numeric_limits<Code>::max()));
}

// function(Code{}) of the integer that holds the tensor's codes of 8 bits; fails where it has no such codes.
template <typename Function>
Kernel for_bytes(const Preparation& op, const TfLiteTensor& tensor, const Function& function) {
  if (op.is(tensor, TensorType::kUInt8)) return function(uint8_t{});
  op.expect_type(tensor, TensorType::kInt8);
  return function(int8_t{});
}

// The same for codes of 8 or 16 bits.
template <typename Function>
Kernel for_codes(const Preparation& op, const TfLiteTensor& tensor, const Function& function) {
  if (op.is(tensor, TensorType::kInt16)) return function(int16_t{});
  return for_bytes(op, tensor, function);
}

// The same for floats, int32, int64 and codes of 8 or 16 bits.
template <typename Function>
Kernel for_numbers(const Preparation& op, const TfLiteTensor& tensor, const Function& function) {
  if (op.is(tensor, TensorType::kFloat32)) return function(float{});
  if (op.is(tensor, TensorType::kInt32)) return function(int32_t{});
  if (op.is(tensor, TensorType::kInt64)) return function(int64_t{});
  return for_codes(op, tensor, function);
}

}  // namespace nudge::tflite
