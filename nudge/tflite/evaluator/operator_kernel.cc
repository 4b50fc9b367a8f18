#include "nudge/tflite/evaluator/operator_kernel.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

#include "nudge/base/error.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

namespace {

// More than any image model needs; a file that asks for more is broken or hostile.
constexpr int64_t kLargestTensor = int64_t{1} << 31;

// Of codes; of any other type what a zero point may be at all.
ActivationRange<int32_t> limits_of(TensorType type) {
  switch (type) {
    case TensorType::kInt8:
      return {INT8_MIN, INT8_MAX};
    case TensorType::kUInt8:
      return {0, UINT8_MAX};
    case TensorType::kInt16:
      return {INT16_MIN, INT16_MAX};
    default:
      return {INT32_MIN, INT32_MAX};
  }
}

}  // namespace

bool is_code(TensorType type) {
  return type == TensorType::kInt8 || type == TensorType::kUInt8 || type == TensorType::kInt16;
}

void Preparation::fail(const std::string& what) const { throw InputError(where_ + ": " + what); }

void Preparation::unsupported(const std::string& what) const { throw UnsupportedError(where_ + ": " + what); }

size_t Preparation::input_index(size_t i) const {
  if (!has_input(i)) fail(fmt::format("input {} is missing", i));
  return static_cast<size_t>(op_.inputs[i]);
}

size_t Preparation::output_index(size_t i) const {
  if (i >= op_.outputs.size()) fail(fmt::format("output {} is missing", i));
  return static_cast<size_t>(op_.outputs[i]);
}

const TfLiteTensor& Preparation::intermediate(size_t i) const {
  if (i >= op_.intermediates.size() || op_.intermediates[i] < 0 ||
      static_cast<size_t>(op_.intermediates[i]) >= graph_.tensors.size())
    fail(fmt::format("intermediate {} is missing", i));
  return graph_.tensors[static_cast<size_t>(op_.intermediates[i])];
}

void Preparation::expect_possible(const Shape& shape) const {
  double bytes = 8;
  for (const int64_t size : shape) {
    if (size < 0) fail(fmt::format("its output would have the shape {}", to_string(shape)));
    bytes *= static_cast<double>(size);
  }
  if (bytes > static_cast<double>(kLargestTensor) * 8) {
    fail(fmt::format("its output would have the shape {}: too large", to_string(shape)));
  }
}

void Preparation::set_output_shape(Shape shape, size_t i) const {
  expect_possible(shape);
  graph_.tensors[output_index(i)].shape = std::move(shape);
}

void Preparation::expect_type(const TfLiteTensor& tensor, TensorType type) const {
  if (tensor.type != type) {
    unsupported(fmt::format("tensor '{}' is {}, only {} is computed here", tensor.name,
                            to_string(tensor.type), to_string(type)));
  }
}

void Preparation::expect_rank(const TfLiteTensor& tensor, size_t rank) const {
  if (tensor.shape.size() != rank) {
    fail(fmt::format("tensor '{}' has the shape {} where {} dimensions are needed", tensor.name,
                     to_string(tensor.shape), rank));
  }
}

bool Preparation::is_integer_operator() const {
  const TensorType in = input(0).type;
  if (!is_code(in) && in != TensorType::kFloat32)
    unsupported(fmt::format("inputs of type {} are not computed here", to_string(in)));
  expect_type(output(), in);
  return is_code(in);
}

float Preparation::scale(const TfLiteTensor& tensor) const {
  if (!tensor.quantization || tensor.quantization->scale.size() != 1) {
    fail(fmt::format("tensor '{}' needs exactly one scale", tensor.name));
  }
  return tensor.quantization->scale[0];
}

int32_t Preparation::zero_point(const TfLiteTensor& tensor) const {
  if (!tensor.quantization || tensor.quantization->zero_point.size() != 1) {
    fail(fmt::format("tensor '{}' needs exactly one zero point", tensor.name));
  }
  const int64_t value = tensor.quantization->zero_point[0];
  const ActivationRange<int32_t> limits = limits_of(tensor.type);
  if (value < limits.low || value > limits.high) {
    fail(fmt::format("tensor '{}' has zero point {}, which its type cannot hold", tensor.name, value));
  }
  return static_cast<int32_t>(value);
}

std::vector<float> Preparation::channel_scales(const TfLiteTensor& weights, int32_t dimension,
                                               int64_t channels) const {
  if (!weights.quantization || weights.quantization->scale.empty()) {
    fail(fmt::format("weights '{}' have no scale", weights.name));
  }
  const Quantization& quantization = *weights.quantization;
  for (const int64_t zero_point : quantization.zero_point) {
    if (zero_point != 0 && weights.type != TensorType::kUInt8)
      unsupported(fmt::format("weights '{}' have a zero point other than 0", weights.name));
  }
  if (quantization.scale.size() == 1)
    return std::vector<float>(static_cast<size_t>(channels), quantization.scale[0]);
  if (weights.type == TensorType::kUInt8)
    unsupported(fmt::format("weights '{}' are uint8 with several scales", weights.name));
  if (quantization.dimension != dimension || static_cast<int64_t>(quantization.scale.size()) != channels) {
    fail(fmt::format("weights '{}' have {} scales along dimension {}; {} along {} are needed", weights.name,
                     quantization.scale.size(), quantization.dimension, channels, dimension));
  }
  return quantization.scale;
}

void Preparation::expect_same_quantization(const TfLiteTensor& a, const TfLiteTensor& b) const {
  if (scale(a) != scale(b) || zero_point(a) != zero_point(b)) {
    unsupported(fmt::format("tensors '{}' and '{}' must share scale and zero point", a.name, b.name));
  }
}

size_t Preparation::element_size(const TfLiteTensor& tensor) const {
  if (!has_data_type(tensor.type)) {
    unsupported(
        fmt::format("tensor '{}' is {}, which is not computed here", tensor.name, to_string(tensor.type)));
  }
  return size_of(data_type(tensor.type));
}

int32_t Preparation::constant_int(size_t i) const {
  const std::vector<int32_t> values = constant_ints(i);
  if (values.size() != 1) fail(fmt::format("input {} must be one number", i));
  return values[0];
}

std::vector<int32_t> Preparation::constant_ints(size_t i) const {
  const TfLiteTensor& tensor = input(i);
  std::vector<int32_t> values(static_cast<size_t>(element_count(tensor.shape)));
  if (tensor.type == TensorType::kInt64 && tensor.data.size() == values.size() * sizeof(int64_t)) {
    for (size_t k = 0; k < values.size(); ++k) {
      int64_t value = 0;
      std::memcpy(&value, tensor.data.data() + k * sizeof(value), sizeof(value));
      values[k] = saturate_int32(value);
    }
    return values;
  }
  if (tensor.type != TensorType::kInt32) {
    unsupported(
        fmt::format("input '{}' is {}, only INT32 is computed here", tensor.name, to_string(tensor.type)));
  }
  if (tensor.data.size() != values.size() * sizeof(int32_t)) {
    unsupported(fmt::format("input '{}' must be a constant", tensor.name));
  }
  if (!values.empty()) std::memcpy(values.data(), tensor.data.data(), tensor.data.size());
  return values;
}

size_t Preparation::axis(int64_t axis, size_t rank) const {
  const int64_t positive = axis < 0 ? axis + static_cast<int64_t>(rank) : axis;
  if (positive < 0 || positive >= static_cast<int64_t>(rank)) {
    fail(fmt::format("axis {} of a tensor of {} dimensions", axis, rank));
  }
  return static_cast<size_t>(positive);
}

ActivationRange<float> Preparation::real_range(FusedActivation activation) const {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  switch (activation) {
    case FusedActivation::kNone:
      return {-kInfinity, kInfinity};
    case FusedActivation::kRelu:
      return {0, kInfinity};
    case FusedActivation::kReluN1To1:
      return {-1, 1};
    case FusedActivation::kRelu6:
      return {0, 6};
    default:
      unsupported(fmt::format("fused activation {} is not computed here", static_cast<int>(activation)));
  }
}

ActivationRange<int32_t> Preparation::code_range(FusedActivation activation,
                                                 const TfLiteTensor& tensor) const {
  return code_range(real_range(activation), tensor);
}

ActivationRange<int32_t> Preparation::code_range(ActivationRange<float> real,
                                                 const TfLiteTensor& tensor) const {
  const float s = scale(tensor);
  const int32_t zero = zero_point(tensor);
  const ActivationRange<int32_t> limits = limits_of(tensor.type);
  const auto code = [&](float value) {
    const int64_t wide = int64_t{zero} + round_to_int32(std::round(value / s));
    return static_cast<int32_t>(std::clamp<int64_t>(wide, limits.low, limits.high));
  };
  return {std::isfinite(real.low) ? code(real.low) : limits.low,
          std::isfinite(real.high) ? code(real.high) : limits.high};
}

}  // namespace nudge::tflite
