// Primitives under short names, for layers that are made of several.
#pragma once

#include <string>
#include <vector>

#include "nudge/ops/expansion.h"

namespace nudge::layers {

// Each makes a value, named `place` where one is given.
class Arithmetic {
 public:
  using ValueId = ops::ValueId;

  explicit Arithmetic(ops::Expansion& call) : call_(call) {}

  ValueId add(ValueId a, ValueId b, const std::string& place = "");
  ValueId subtract(ValueId a, ValueId b, const std::string& place = "");
  ValueId multiply(ValueId a, ValueId b, const std::string& place = "");
  ValueId divide(ValueId a, ValueId b, const std::string& place = "");
  ValueId combine(ops::Combination how, ValueId a, ValueId b, const std::string& place = "");
  ValueId greater(ValueId a, double b);  // 1 where it holds, else 0

  ValueId affine(ValueId x, double scale, double offset, const std::string& place = "");
  ValueId negative(ValueId x, const std::string& place = "");
  ValueId apply(ops::Function function, ValueId x, const std::string& place = "");

  ValueId reduce(ops::Reduction of, ValueId x, std::vector<int64_t> axes, bool keepdims,
                 const std::string& place = "");
  ValueId matmul(ValueId x, ValueId kernel, const std::string& place = "");
  ValueId batch_matmul(ValueId a, ValueId b, bool transpose_b, const std::string& place = "");
  // The same values, with a quantizer of their own: what is the right side of a batch_matmul() and comes from
  // outside the layer.
  ValueId right_side(ValueId x, const std::string& place);

  ValueId constant(std::vector<float> values, const std::string& place = "");
  ValueId constant(Array values, const std::string& place = "");
  ValueId reshape(ValueId x, Shape shape, const std::string& place = "");
  ValueId transpose(ValueId x, std::vector<int64_t> order, const std::string& place = "");
  ValueId concatenate(std::vector<ValueId> values, int64_t axis, const std::string& place = "");
  // `count` elements of one dimension from `begin` on.
  ValueId slice(ValueId x, size_t axis, int64_t begin, int64_t count, int64_t stride = 1,
                const std::string& place = "");

  Shape shape(ValueId x) const { return call_.shape(x); }

 private:
  ops::Expansion& call_;
};

}  // namespace nudge::layers
