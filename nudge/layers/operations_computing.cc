#include "nudge/base/error.h"
#include "nudge/layers/operation_table.h"
#include "nudge/layers/option_types.h"
#include "nudge/layers/standardize.h"

namespace nudge::layers {
namespace {

using ops::Reduction;
using ops::ValueId;
using Values = std::vector<ValueId>;

OperationRule reduction(Reduction of) {
  return [of](const OperationArguments& given) -> Values {
    const ValueId x = given.x();
    return {given.make().reduce(of, x, given.axes(1, "axis", x), given.flag("keepdims", false))};
  };
}

Values variance(const OperationArguments& given, bool root) {
  const ValueId x = given.x();
  const std::vector<int64_t> axes = given.axes(1, "axis", x);
  Arithmetic make = given.make();
  const ValueId centered = make.subtract(x, make.reduce(Reduction::kAverage, x, axes, true));
  const ValueId square = make.apply(ops::Function::kSquare, centered);
  const ValueId result = make.reduce(Reduction::kAverage, square, axes, given.flag("keepdims", false));
  return {root ? make.apply(ops::Function::kSqrt, result) : result};
}

OperationRule pooling(Reduction of) {
  return [of](const OperationArguments& given) -> Values {
    if (given.shape(given.x()).size() != 4 || given.text("data_format", "channels_last") != "channels_last") {
      given.unsupported("is read for images with their channels last alone");
    }
    const auto size = [&](const std::vector<int64_t>& numbers) {
      return numbers.size() == 1 ? Size2(numbers[0]) : Size2(numbers.at(0), numbers.at(1));
    };
    const std::vector<int64_t> pool = given.integers(1, "pool_size");
    if (pool.empty() || pool.size() > 2) given.unsupported("needs one or two numbers for 'pool_size'");
    const std::vector<int64_t> strides = given.integers(2, "strides");
    const Window window{.size = size(pool),
                        .strides = strides.empty() ? size(pool) : size(strides),
                        .padding = ops::padding_from_string(given.text("padding", "valid"))};
    return {given.call().add(ops::Pool{of, window}, {given.x()})};
  };
}

Values product(const OperationArguments& given) {
  const ValueId a = given.tensor(0, "x1"), b = given.tensor(1, "x2");
  if (given.shape(a).size() < 2 || given.shape(b).size() < 2)
    given.unsupported("needs tensors of two dimensions or more");
  return {given.make().batch_matmul(a, given.make().right_side(b, "right"), false)};
}

// x / max(sqrt(sum of squares), epsilon)
Values normalized(const OperationArguments& given) {
  if (given.number("order", 2.0) != 2.0) given.unsupported("is read with order 2 alone");
  const ValueId x = given.x();
  const size_t axis = given.axis(1, "axis", -1, given.shape(x).size());
  return {of_unit_length(given.call(), x, {static_cast<int64_t>(axis)}, given.number("epsilon", 1e-12))};
}

Values resized(const OperationArguments& given) {
  for (const char* option : {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"}) {
    if (given.flag(option, false)) given.unsupported(std::string(option) + " is not read");
  }
  const std::string interpolation = given.text("interpolation", "bilinear");
  const std::vector<int64_t> size = given.integers(1, "size");
  const bool images =
      given.shape(given.x()).size() == 4 && given.text("data_format", "channels_last") == "channels_last";
  if (!images || size.size() != 2 || (interpolation != "bilinear" && interpolation != "nearest")) {
    given.unsupported("is read for images with their channels last, nearest or bilinear, alone");
  }
  return {given.call().add(
      ops::Resize{{size[0], size[1]},
                  interpolation == "nearest" ? Interpolation::kNearest : Interpolation::kBilinear},
      {given.x()})};
}

}  // namespace

OperationTable computing_operations() {
  return {
      {"Amax", reduction(Reduction::kMax)},
      {"Amin", reduction(Reduction::kMin)},
      {"Max", reduction(Reduction::kMax)},
      {"Mean", reduction(Reduction::kAverage)},
      {"Min", reduction(Reduction::kMin)},
      {"Sum", reduction(Reduction::kSum)},
      {"Std", [](const OperationArguments& given) { return variance(given, true); }},
      {"Var", [](const OperationArguments& given) { return variance(given, false); }},
      {"AveragePool", pooling(Reduction::kAverage)},
      {"MaxPool", pooling(Reduction::kMax)},
      {"Matmul", product},
      {"Normalize", normalized},
      {"Resize", resized},
  };
}

}  // namespace nudge::layers
