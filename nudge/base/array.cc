#include "nudge/base/array.h"

#include <array>
#include <cstring>
#include <limits>

#include "nudge/base/error.h"
#include "nudge/base/memory.h"

namespace nudge {
namespace {

struct TypeInfo {
  DataType type;
  const char* name;
  size_t size;
};

constexpr std::array<TypeInfo, 8> kTypes{{{DataType::kFloat32, "float32", 4},
                                          {DataType::kFloat64, "float64", 8},
                                          {DataType::kInt8, "int8", 1},
                                          {DataType::kUInt8, "uint8", 1},
                                          {DataType::kInt16, "int16", 2},
                                          {DataType::kInt32, "int32", 4},
                                          {DataType::kInt64, "int64", 8},
                                          {DataType::kBool, "bool", 1}}};

// Throws ShapeError when the bytes cannot be counted, however many elements can.
int64_t storable_count(const Shape& shape, DataType type) {
  const int64_t count = element_count(shape);
  if (count > std::numeric_limits<int64_t>::max() / static_cast<int64_t>(size_of(type))) {
    throw ShapeError("shape " + to_string(shape) + " is too large");
  }
  return count;
}

}  // namespace

size_t size_of(DataType type) { return kTypes[static_cast<size_t>(type)].size; }

std::string to_string(DataType type) { return kTypes[static_cast<size_t>(type)].name; }

DataType data_type_from_string(const std::string& name) {
  for (const TypeInfo& info : kTypes) {
    if (name == info.name) return info.type;
  }
  throw ValueError("unknown element type '" + name + "'");
}

Array::Array(Shape shape, DataType type)
    : shape_(std::move(shape)),
      type_(type),
      size_(storable_count(shape_, type)),
      bytes_(allocate_memory(byte_size())) {
  std::memset(bytes_.get(), 0, byte_size());
}

void Array::check_type(DataType wanted) const {
  if (wanted != type_) {
    throw ValueError("array holds " + to_string(type_) + ", read as " + to_string(wanted));
  }
}

Array Array::clone() const {
  if (empty()) return {};
  Array copy;
  copy.shape_ = shape_;
  copy.type_ = type_;
  copy.size_ = size_;
  copy.bytes_ = allocate_memory(byte_size());
  std::memcpy(copy.bytes_.get(), bytes_.get(), byte_size());
  return copy;
}

Array Array::reshape(Shape shape) const {
  if (element_count(shape) != size_) {
    throw ShapeError("cannot reshape " + to_string(shape_) + " to " + to_string(shape));
  }
  Array view = *this;
  view.shape_ = std::move(shape);
  return view;
}

Array Array::slice(int64_t begin, int64_t end) const {
  if (shape_.empty() || begin < 0 || begin > end || end > shape_[0]) {
    throw ShapeError("cannot take rows " + std::to_string(begin) + " to " + std::to_string(end) + " of " +
                     to_string(shape_));
  }
  Array view = *this;
  view.shape_[0] = end - begin;
  view.size_ = element_count(view.shape_);
  const size_t row = shape_[0] == 0 ? 0 : byte_size() / static_cast<size_t>(shape_[0]);
  view.bytes_ = {bytes_, bytes_.get() + row * static_cast<size_t>(begin)};
  return view;
}

bool identical(const Array& a, const Array& b) {
  if (a.empty() || b.empty()) return a.empty() == b.empty();
  return a.type() == b.type() && a.shape() == b.shape() &&
         std::memcmp(a.bytes(), b.bytes(), a.byte_size()) == 0;
}

void check_value_count(const Shape& shape, size_t count) {
  if (static_cast<size_t>(element_count(shape)) != count) {
    throw ShapeError(std::to_string(count) + " values given for shape " + to_string(shape));
  }
}

}  // namespace nudge
