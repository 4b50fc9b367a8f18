#include "nudge/tflite/model.h"

#include <fmt/format.h>

#include <array>
#include <bit>
#include <cstring>

#include "nudge/base/error.h"

namespace nudge::tflite {

// Elements are copied between files and memory as they are.
static_assert(std::endian::native == std::endian::little);

std::string to_string(TensorType type) {
  static constexpr std::array kTypeNames = {
      "FLOAT32",   "FLOAT16", "INT32",    "UINT8",      "INT64",  "STRING",        "BOOL",       "INT16",
      "COMPLEX64", "INT8",    "FLOAT64",  "COMPLEX128", "UINT64", "RESOURCE",      "VARIANT",    "UINT32",
      "UINT16",    "INT4",    "BFLOAT16", "INT2",       "UINT4",  "FLOAT8_E4M3FN", "FLOAT8_E5M2"};
  const auto code = static_cast<int>(type);
  if (code < 0 || code >= static_cast<int>(kTypeNames.size())) return fmt::format("TYPE_{}", code);
  return kTypeNames[static_cast<size_t>(code)];
}

TensorType tensor_type(DataType type) {
  switch (type) {
    case DataType::kFloat32:
      return TensorType::kFloat32;
    case DataType::kFloat64:
      return TensorType::kFloat64;
    case DataType::kInt8:
      return TensorType::kInt8;
    case DataType::kUInt8:
      return TensorType::kUInt8;
    case DataType::kInt16:
      return TensorType::kInt16;
    case DataType::kInt32:
      return TensorType::kInt32;
    case DataType::kInt64:
      return TensorType::kInt64;
    case DataType::kBool:
      return TensorType::kBool;
  }
  throw ValueError(fmt::format("no tensor type for data type {}", static_cast<int>(type)));
}

namespace {

std::optional<DataType> find_data_type(TensorType type) {
  switch (type) {
    case TensorType::kFloat32:
      return DataType::kFloat32;
    case TensorType::kFloat64:
      return DataType::kFloat64;
    case TensorType::kInt8:
      return DataType::kInt8;
    case TensorType::kUInt8:
      return DataType::kUInt8;
    case TensorType::kInt16:
      return DataType::kInt16;
    case TensorType::kInt32:
      return DataType::kInt32;
    case TensorType::kInt64:
      return DataType::kInt64;
    case TensorType::kBool:
      return DataType::kBool;
    default:
      return std::nullopt;
  }
}

}  // namespace

DataType data_type(TensorType type) {
  if (const auto found = find_data_type(type)) return *found;
  throw UnsupportedError(fmt::format("tensors of type {} cannot be computed with", to_string(type)));
}

bool has_data_type(TensorType type) { return find_data_type(type).has_value(); }

std::optional<size_t> byte_size(TensorType type, int64_t count) {
  const auto n = static_cast<size_t>(count);
  switch (type) {
    case TensorType::kBool:
    case TensorType::kInt8:
    case TensorType::kUInt8:
    case TensorType::kFloat8E4M3Fn:
    case TensorType::kFloat8E5M2:
      return n;
    case TensorType::kInt16:
    case TensorType::kUInt16:
    case TensorType::kFloat16:
    case TensorType::kBFloat16:
      return n * 2;
    case TensorType::kFloat32:
    case TensorType::kInt32:
    case TensorType::kUInt32:
      return n * 4;
    case TensorType::kFloat64:
    case TensorType::kInt64:
    case TensorType::kUInt64:
    case TensorType::kComplex64:
      return n * 8;
    case TensorType::kComplex128:
      return n * 16;
    case TensorType::kInt4:
    case TensorType::kUInt4:
      return (n + 1) / 2;
    case TensorType::kInt2:
      return (n + 3) / 4;
    default:
      return std::nullopt;
  }
}

Quantization per_tensor(float scale, int64_t zero_point) {
  Quantization quantization;
  quantization.scale = {scale};
  quantization.zero_point = {zero_point};
  return quantization;
}

Quantization per_channel(std::vector<float> scales, int32_t dimension) {
  Quantization quantization;
  quantization.zero_point.assign(scales.size(), 0);
  quantization.scale = std::move(scales);
  quantization.dimension = dimension;
  return quantization;
}

TfLiteTensor constant(std::string name, const Array& array, std::optional<Quantization> quantization) {
  TfLiteTensor tensor;
  tensor.name = std::move(name);
  tensor.shape = array.shape();
  tensor.type = tensor_type(array.type());
  tensor.data.assign(array.bytes(), array.bytes() + array.byte_size());
  tensor.quantization = std::move(quantization);
  return tensor;
}

Array to_array(const TfLiteTensor& tensor) {
  Array array(tensor.shape, data_type(tensor.type));
  if (tensor.data.size() != array.byte_size()) {
    throw ValueError(fmt::format("tensor '{}' holds {} bytes where its shape {} takes {}", tensor.name,
                                 tensor.data.size(), to_string(tensor.shape), array.byte_size()));
  }
  if (!tensor.data.empty()) std::memcpy(array.bytes(), tensor.data.data(), tensor.data.size());
  return array;
}

int32_t SubGraph::add(TfLiteTensor tensor) {
  tensors.push_back(std::move(tensor));
  return static_cast<int32_t>(tensors.size()) - 1;
}

namespace {

template <class SubGraphs>
auto& first_of(SubGraphs& subgraphs) {
  if (subgraphs.empty()) throw ValueError("the model has no subgraph");
  return subgraphs.front();
}

}  // namespace

const SubGraph& TfLiteModel::main() const { return first_of(subgraphs); }

SubGraph& TfLiteModel::main() { return first_of(subgraphs); }

}  // namespace nudge::tflite
