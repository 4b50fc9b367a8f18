// CAST between float32, int8 to int64 and bool; codes are taken as numbers, whatever their scale.
#include <limits>

#include "nudge/tflite/evaluator/elementwise.h"

namespace nudge::tflite {

namespace {

// Towards zero; what the target cannot hold becomes its nearest, no number 0.
template <typename To, typename From>
To converted(From value) {
  if constexpr (std::is_same_v<To, bool>) {
    return value != From{0};
  } else if constexpr (std::is_same_v<From, float> && std::is_integral_v<To>) {
    if (!(value > static_cast<float>(std::numeric_limits<To>::min())))
      return value != value ? To{0} : std::numeric_limits<To>::min();
    if (value >= static_cast<float>(std::numeric_limits<To>::max())) return std::numeric_limits<To>::max();
    return static_cast<To>(value);
  } else {
    return static_cast<To>(value);
  }
}

template <typename From, typename To>
Kernel cast(const Preparation& op) {
  return mapped<From, To>(op, [](From value) { return converted<To>(value); });
}

template <typename From>
Kernel cast_from(const Preparation& op) {
  switch (op.output().type) {
    case TensorType::kFloat32:
      return cast<From, float>(op);
    case TensorType::kInt32:
      return cast<From, int32_t>(op);
    case TensorType::kInt64:
      return cast<From, int64_t>(op);
    case TensorType::kInt16:
      return cast<From, int16_t>(op);
    case TensorType::kInt8:
      return cast<From, int8_t>(op);
    case TensorType::kUInt8:
      return cast<From, uint8_t>(op);
    case TensorType::kBool:
      return cast<From, bool>(op);
    default:
      op.unsupported("to " + to_string(op.output().type) + " is not computed here");
  }
}

}  // namespace

Kernel prepare_cast(const Preparation& op) {
  switch (op.input(0).type) {
    case TensorType::kFloat32:
      return cast_from<float>(op);
    case TensorType::kInt32:
      return cast_from<int32_t>(op);
    case TensorType::kInt64:
      return cast_from<int64_t>(op);
    case TensorType::kInt16:
      return cast_from<int16_t>(op);
    case TensorType::kInt8:
      return cast_from<int8_t>(op);
    case TensorType::kUInt8:
      return cast_from<uint8_t>(op);
    case TensorType::kBool:
      return cast_from<bool>(op);
    default:
      op.unsupported("from " + to_string(op.input(0).type) + " is not computed here");
  }
}

}  // namespace nudge::tflite
