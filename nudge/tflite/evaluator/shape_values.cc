// SHAPE, RANK, FILL, ZEROS_LIKE and RANGE: tensors whose values follow from shapes and few numbers.
#include <fmt/format.h>

#include <cmath>
#include <cstring>

#include "nudge/tflite/evaluator/operator_kernel.h"

namespace nudge::tflite {

namespace {

template <typename T>
Kernel write_numbers(const Preparation& op, const std::vector<int64_t>& numbers) {
  return [values = std::vector<T>(numbers.begin(), numbers.end()), out = op.output_index()](Arrays& arrays) {
    if (!values.empty()) std::memcpy(arrays[out].bytes(), values.data(), values.size() * sizeof(T));
  };
}

// The one number of a constant input.
template <typename T>
T constant_number(const Preparation& op, size_t i) {
  const TfLiteTensor& tensor = op.input(i);
  T value{};
  if (tensor.data.size() != sizeof(value))
    op.unsupported(fmt::format("input {} must be a constant number", i));
  std::memcpy(&value, tensor.data.data(), sizeof(value));
  return value;
}

template <typename T>
Kernel range(const Preparation& op) {
  const T start = constant_number<T>(op, 0), limit = constant_number<T>(op, 1),
          step = constant_number<T>(op, 2);
  const double distance = static_cast<double>(limit) - static_cast<double>(start);
  const double count = step == 0 ? -1 : std::ceil(distance / static_cast<double>(step));
  constexpr double kMost = 1 << 26;
  if (!(count >= 0 && count <= kMost)) op.fail("its range does not end");
  op.set_output_shape({static_cast<int64_t>(count)});
  return [start, step, out = op.output_index()](Arrays& arrays) {
    T value = start;
    for (T& element : arrays[out].span<T>()) {
      element = value;
      value += step;
    }
  };
}

}  // namespace

Kernel prepare_shape(const Preparation& op) {
  const Shape& shape = op.input(0).shape;
  const bool rank = op.op() == BuiltinOperator::kRank;
  std::vector<int64_t> numbers(shape.begin(), shape.end());
  if (rank) numbers = {static_cast<int64_t>(shape.size())};
  op.set_output_shape(rank ? Shape{} : Shape{static_cast<int64_t>(numbers.size())});
  if (op.is(op.output(), TensorType::kInt64)) return write_numbers<int64_t>(op, numbers);
  op.expect_type(op.output(), TensorType::kInt32);
  return write_numbers<int32_t>(op, numbers);
}

Kernel prepare_fill(const Preparation& op) {
  if (op.op() == BuiltinOperator::kRange) {
    op.expect_type(op.output(), op.input(0).type);
    for (size_t i = 1; i < 3; ++i) op.expect_type(op.input(i), op.input(0).type);
    if (op.is(op.output(), TensorType::kInt32)) return range<int32_t>(op);
    op.expect_type(op.output(), TensorType::kFloat32);
    return range<float>(op);
  }
  const size_t element = op.element_size(op.output());
  if (op.op() == BuiltinOperator::kZerosLike) {
    op.expect_type(op.output(), op.input(0).type);
    op.set_output_shape(op.input(0).shape);
    return [out = op.output_index()](Arrays& arrays) {
      if (arrays[out].byte_size() != 0) std::memset(arrays[out].bytes(), 0, arrays[out].byte_size());
    };
  }
  op.expect_type(op.output(), op.input(1).type);
  if (element_count(op.input(1).shape) != 1) op.fail("it fills with more than one value");
  const std::vector<int32_t> size = op.constant_ints(0);
  op.set_output_shape(Shape(size.begin(), size.end()));
  return [element, value = op.input_index(1), out = op.output_index()](Arrays& arrays) {
    for (size_t i = 0; i < arrays[out].byte_size(); i += element)
      std::memcpy(arrays[out].bytes() + i, arrays[value].bytes(), element);
  };
}

}  // namespace nudge::tflite
