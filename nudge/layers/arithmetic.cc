#include "nudge/layers/arithmetic.h"

#include <utility>

namespace nudge::layers {

using ops::Combination;
using ops::ValueId;

ValueId Arithmetic::combine(Combination how, ValueId a, ValueId b, const std::string& place) {
  return call_.add(ops::Combine{how}, {a, b}, place);
}

ValueId Arithmetic::add(ValueId a, ValueId b, const std::string& place) {
  return combine(Combination::kAdd, a, b, place);
}

ValueId Arithmetic::subtract(ValueId a, ValueId b, const std::string& place) {
  return combine(Combination::kSubtract, a, b, place);
}

ValueId Arithmetic::multiply(ValueId a, ValueId b, const std::string& place) {
  return combine(Combination::kMultiply, a, b, place);
}

ValueId Arithmetic::divide(ValueId a, ValueId b, const std::string& place) {
  return combine(Combination::kDivide, a, b, place);
}

ValueId Arithmetic::greater(ValueId a, double b) {
  return combine(Combination::kGreater, a, constant({static_cast<float>(b)}));
}

ValueId Arithmetic::affine(ValueId x, double scale, double offset, const std::string& place) {
  return call_.add(ops::Rescale{{scale}, {offset}}, {x}, place);
}

ValueId Arithmetic::negative(ValueId x, const std::string& place) {
  return apply(ops::Function::kNegative, x, place);
}

ValueId Arithmetic::apply(ops::Function function, ValueId x, const std::string& place) {
  return call_.add(ops::Activate{{.function = function}}, {x}, place);
}

ValueId Arithmetic::reduce(ops::Reduction of, ValueId x, std::vector<int64_t> axes, bool keepdims,
                           const std::string& place) {
  return call_.add(ops::Reduce{of, std::move(axes), keepdims}, {x}, place);
}

ValueId Arithmetic::matmul(ValueId x, ValueId kernel, const std::string& place) {
  return call_.add(ops::MatMul{}, {x, kernel}, place);
}

ValueId Arithmetic::right_side(ValueId x, const std::string& place) {
  return call_.add(ops::Identity{}, {x}, place);
}

ValueId Arithmetic::batch_matmul(ValueId a, ValueId b, bool transpose_b, const std::string& place) {
  return call_.add(ops::BatchMatMul{.transpose_b = transpose_b}, {a, b}, place);
}

ValueId Arithmetic::constant(std::vector<float> values, const std::string& place) {
  return constant(Array::of<float>({static_cast<int64_t>(values.size())}, values), place);
}

ValueId Arithmetic::constant(Array values, const std::string& place) {
  return call_.add(ops::Constant{std::move(values)}, {}, place);
}

ValueId Arithmetic::reshape(ValueId x, Shape shape, const std::string& place) {
  return call_.add(ops::Reshape{std::move(shape)}, {x}, place);
}

ValueId Arithmetic::transpose(ValueId x, std::vector<int64_t> order, const std::string& place) {
  return call_.add(ops::Transpose{std::move(order)}, {x}, place);
}

ValueId Arithmetic::concatenate(std::vector<ValueId> values, int64_t axis, const std::string& place) {
  if (values.size() == 1) return values.front();
  return call_.add(ops::Concatenate{axis}, std::move(values), place);
}

ValueId Arithmetic::slice(ValueId x, size_t axis, int64_t begin, int64_t count, int64_t stride,
                          const std::string& place) {
  const Shape& whole = call_.shape(x);
  ops::Slice slice;
  for (size_t i = 0; i < whole.size(); ++i) slice.parts.push_back({0, whole[i], 1});
  slice.parts[axis] = {begin, count, stride};
  return call_.add(std::move(slice), {x}, place);
}

}  // namespace nudge::layers
