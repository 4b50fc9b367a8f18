#include "nudge/base/error.h"
#include "nudge/layers/activate.h"
#include "nudge/layers/operation_table.h"

namespace nudge::layers {
namespace {

using ops::Combination;
using ops::Function;
using ops::ValueId;
using Values = std::vector<ValueId>;

OperationRule function(Function function) {
  return
      [function](const OperationArguments& given) { return Values{given.make().apply(function, given.x())}; };
}

OperationRule activation(ActivationFunction function) {
  return [function](const OperationArguments& given) {
    return Values{activate(given.call(), given.x(), function)};
  };
}

// One that is read at its default threshold, slope or beta alone.
OperationRule activation_at(ActivationFunction function, const char* option, double value) {
  return [=](const OperationArguments& given) {
    if (given.number(option, value) != value)
      given.unsupported(std::string("is read with its default ") + option + " alone");
    return Values{activate(given.call(), given.x(), function)};
  };
}

Values activated(const OperationArguments& given, const ops::Activation& form) {
  return {given.call().add(ops::Activate{form}, {given.x()})};
}

Values softmax(const OperationArguments& given, Function function) {
  const size_t rank = given.shape(given.x()).size();
  const size_t axis = given.axis(1, "axis", -1, rank);
  if (axis + 1 != rank) given.unsupported("is read over the last axis alone");
  return activated(given, {.function = function});
}

// One of two operands, a tensor or a constant.
struct Operand {
  std::optional<ValueId> tensor;
  Array constant;

  Operand(const OperationArguments& given, size_t position, const std::string& name)
      : tensor(given.maybe_tensor(position, name)) {
    if (!tensor) constant = given.array(position, name);
  }
  // One number, or one for each channel.
  bool per_channel(int64_t channels) const {
    return !tensor && (constant.size() == 1 || (constant.shape().size() == 1 && constant.size() == channels));
  }
  std::vector<double> numbers() const {
    const auto values = constant.span<float>();
    return {values.begin(), values.end()};
  }
};

std::vector<double> map(std::vector<double> values, const std::function<double(double)>& function) {
  for (double& value : values) value = function(value);
  return values;
}

// x and a constant as x * scale + offset, which every format has; nothing where it is no such map.
std::optional<ops::Rescale> affine_form(Combination how, const std::vector<double>& constant,
                                        bool constant_first) {
  switch (how) {
    case Combination::kAdd:
      return ops::Rescale{{1.0}, constant};
    case Combination::kSubtract:
      if (constant_first) return ops::Rescale{{-1.0}, constant};
      return ops::Rescale{{1.0}, map(constant, [](double c) { return -c; })};
    case Combination::kMultiply:
      return ops::Rescale{constant, {0.0}};
    case Combination::kDivide:
      if (constant_first) return std::nullopt;
      return ops::Rescale{map(constant, [](double c) { return 1.0 / c; }), {0.0}};
    default:
      return std::nullopt;
  }
}

// A maximum or minimum with a number.
std::optional<ops::Activation> clip_form(Combination how, const std::vector<double>& constant) {
  if (constant.size() != 1) return std::nullopt;
  if (how == Combination::kMaximum && constant[0] == 0.0) return ops::Activation{.function = Function::kRelu};
  if (how == Combination::kMaximum)
    return ops::Activation{.function = Function::kClip, .min_value = constant[0]};
  if (how == Combination::kMinimum)
    return ops::Activation{.function = Function::kClip, .max_value = constant[0]};
  return std::nullopt;
}

OperationRule binary(Combination how) {
  return [how](const OperationArguments& given) -> Values {
    const Operand a(given, 0, "x1"), b(given, 1, "x2");
    if (!a.tensor && !b.tensor) given.unsupported("is called without tensors");
    if (!a.tensor || !b.tensor) {
      const Operand& constant = a.tensor ? b : a;
      const ValueId x = a.tensor ? *a.tensor : *b.tensor;
      if (constant.per_channel(given.shape(x).back())) {
        if (how == Combination::kPower && a.tensor && constant.numbers() == std::vector<double>{2.0}) {
          return {given.make().apply(Function::kSquare, x)};
        }
        if (const auto form = affine_form(how, constant.numbers(), !a.tensor))
          return {given.call().add(*form, {x})};
        if (const auto form = clip_form(how, constant.numbers()))
          return {given.call().add(ops::Activate{*form}, {x})};
      }
    }
    const auto value = [&](const Operand& operand) {
      return operand.tensor ? *operand.tensor : given.make().constant(operand.constant, "constant");
    };
    const ValueId left = value(a), right = value(b);
    return {given.make().combine(how, left, right)};
  };
}

}  // namespace

OperationTable elementwise_operations() {
  using AF = ActivationFunction;
  return {
      {"Abs", function(Function::kAbs)},
      {"Absolute", function(Function::kAbs)},
      {"Cos", function(Function::kCos)},
      {"Exp", function(Function::kExp)},
      {"Floor", function(Function::kFloor)},
      {"Log", function(Function::kLog)},
      {"Negative", function(Function::kNegative)},
      {"Rsqrt", function(Function::kRsqrt)},
      {"Sign", function(Function::kSign)},
      {"Sin", function(Function::kSin)},
      {"Sqrt", function(Function::kSqrt)},
      {"Square", function(Function::kSquare)},
      {"Expm1",
       [](const OperationArguments& given) {
         return Values{given.make().affine(given.make().apply(Function::kExp, given.x()), 1.0, -1.0)};
       }},
      {"Log1p",
       [](const OperationArguments& given) {
         return Values{given.make().apply(Function::kLog, given.make().affine(given.x(), 1.0, 1.0))};
       }},
      {"Reciprocal",
       [](const OperationArguments& given) {
         return Values{given.make().divide(given.make().constant({1.0f}), given.x())};
       }},
      {"Celu", activation_at(AF::kCelu, "alpha", 1.0)},
      {"Elu", activation_at(AF::kElu, "alpha", 1.0)},
      {"Gelu",
       [](const OperationArguments& given) {
         const bool tanh = given.flag("approximate", true);
         return Values{given.make().apply(tanh ? Function::kGeluTanh : Function::kGelu, given.x())};
       }},
      {"Glu", activation(AF::kGlu)},
      {"HardShrink", activation_at(AF::kHardShrink, "threshold", 0.5)},
      {"HardSigmoid", activation(AF::kHardSigmoid)},
      {"HardSilu", activation(AF::kHardSilu)},
      {"HardTanh", activation(AF::kHardTanh)},
      {"LeakyRelu",
       [](const OperationArguments& given) {
         return activated(
             given, {.function = Function::kRelu, .negative_slope = given.number("negative_slope", 0.2)});
       }},
      {"LogSigmoid", activation(AF::kLogSigmoid)},
      {"LogSoftmax", [](const OperationArguments& given) { return softmax(given, Function::kLogSoftmax); }},
      {"Mish", activation(AF::kMish)},
      {"Relu", activation(AF::kRelu)},
      {"Relu6", activation(AF::kRelu6)},
      {"Selu", activation(AF::kSelu)},
      {"Sigmoid", activation(AF::kSigmoid)},
      {"Silu", activation(AF::kSilu)},
      {"SoftShrink", activation_at(AF::kSoftShrink, "threshold", 0.5)},
      {"Softmax", [](const OperationArguments& given) { return softmax(given, Function::kSoftmax); }},
      {"Softplus", activation(AF::kSoftplus)},
      {"Softsign", activation(AF::kSoftsign)},
      {"SparsePlus", activation(AF::kSparsePlus)},
      {"SparseSigmoid", activation(AF::kSparseSigmoid)},
      {"Squareplus", activation_at(AF::kSquareplus, "b", 4.0)},
      {"Tanh", activation(AF::kTanh)},
      {"TanhShrink", activation(AF::kTanhShrink)},
      {"Clip",
       [](const OperationArguments& given) {
         const double low = static_cast<double>(given.array(1, "x_min").span<float>()[0]);
         const double high = static_cast<double>(given.array(2, "x_max").span<float>()[0]);
         if (low == 0.0 && high > 0.0)
           return activated(given, {.function = Function::kRelu, .max_value = high});
         return activated(given, {.function = Function::kClip, .min_value = low, .max_value = high});
       }},
      {"Add", binary(Combination::kAdd)},
      {"Divide", binary(Combination::kDivide)},
      {"Maximum", binary(Combination::kMaximum)},
      {"Minimum", binary(Combination::kMinimum)},
      {"Multiply", binary(Combination::kMultiply)},
      {"Power", binary(Combination::kPower)},
      {"Subtract", binary(Combination::kSubtract)},
      {"TrueDivide", binary(Combination::kDivide)},
  };
}

}  // namespace nudge::layers
