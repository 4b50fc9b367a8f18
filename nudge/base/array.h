// Host data: a shape, an element type and 64-byte aligned bytes.
//
// Copying an Array shares its bytes, as assigning a NumPy array does; clone() copies them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "nudge/base/shape.h"

namespace nudge {

enum class DataType : uint8_t { kFloat32, kFloat64, kInt8, kUInt8, kInt16, kInt32, kInt64, kBool };

size_t size_of(DataType type);
// "float32", "int8", ...: NumPy's names.
std::string to_string(DataType type);
// Throws ValueError on a name it does not know.
DataType data_type_from_string(const std::string& name);

template <typename T>
struct DataTypeOf;
template <>
struct DataTypeOf<float> {
  static constexpr DataType value = DataType::kFloat32;
};
template <>
struct DataTypeOf<double> {
  static constexpr DataType value = DataType::kFloat64;
};
template <>
struct DataTypeOf<int8_t> {
  static constexpr DataType value = DataType::kInt8;
};
template <>
struct DataTypeOf<uint8_t> {
  static constexpr DataType value = DataType::kUInt8;
};
template <>
struct DataTypeOf<int16_t> {
  static constexpr DataType value = DataType::kInt16;
};
template <>
struct DataTypeOf<int32_t> {
  static constexpr DataType value = DataType::kInt32;
};
template <>
struct DataTypeOf<int64_t> {
  static constexpr DataType value = DataType::kInt64;
};
template <>
struct DataTypeOf<bool> {
  static constexpr DataType value = DataType::kBool;
};

class Array {
 public:
  // No data: empty() is true.
  Array() = default;
  // Zeros.
  explicit Array(Shape shape, DataType type = DataType::kFloat32);

  // Copies `values`; throws ShapeError when their number is not that of `shape`.
  template <typename T>
  static Array of(Shape shape, const std::vector<T>& values);
  template <typename T>
  static Array full(Shape shape, T value);
  template <typename T>
  static Array scalar(T value) {
    return full<T>({}, value);
  }

  bool empty() const { return bytes_ == nullptr; }
  const Shape& shape() const { return shape_; }
  DataType type() const { return type_; }
  int64_t size() const { return size_; }
  size_t byte_size() const { return static_cast<size_t>(size_) * size_of(type_); }

  // The elements; throws ValueError when T is not the array's type.
  template <typename T>
  T* data() {
    check_type(DataTypeOf<T>::value);
    return reinterpret_cast<T*>(bytes_.get());
  }
  template <typename T>
  const T* data() const {
    check_type(DataTypeOf<T>::value);
    return reinterpret_cast<const T*>(bytes_.get());
  }
  template <typename T>
  std::span<T> span() {
    return {data<T>(), static_cast<size_t>(size_)};
  }
  template <typename T>
  std::span<const T> span() const {
    return {data<T>(), static_cast<size_t>(size_)};
  }
  std::byte* bytes() { return bytes_.get(); }
  const std::byte* bytes() const { return bytes_.get(); }

  // A deep copy.
  Array clone() const;
  // The same bytes under another shape of equal size; throws ShapeError otherwise.
  Array reshape(Shape shape) const;
  // Rows [begin, end) of the first dimension, sharing the bytes.
  Array slice(int64_t begin, int64_t end) const;

 private:
  void check_type(DataType wanted) const;

  Shape shape_;
  DataType type_ = DataType::kFloat32;
  int64_t size_ = 0;
  std::shared_ptr<std::byte> bytes_;
};

// Same type, shape and bytes.
bool identical(const Array& a, const Array& b);

template <typename T>
Array Array::full(Shape shape, T value) {
  Array array(std::move(shape), DataTypeOf<T>::value);
  for (T& element : array.span<T>()) element = value;
  return array;
}

void check_value_count(const Shape& shape, size_t count);

template <typename T>
Array Array::of(Shape shape, const std::vector<T>& values) {
  check_value_count(shape, values.size());
  Array array(std::move(shape), DataTypeOf<T>::value);
  size_t i = 0;
  for (T& element : array.span<T>()) element = values[i++];
  return array;
}

}  // namespace nudge
