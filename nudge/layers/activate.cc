#include "nudge/layers/activate.h"

#include <optional>

#include "nudge/layers/arithmetic.h"

namespace nudge::layers {
namespace {

using ops::Function;
using ops::ValueId;

// Where one primitive computes it.
std::optional<ops::Activation> form_of(ActivationFunction function) {
  switch (function) {
    case ActivationFunction::kLinear:
      return ops::Activation{};
    case ActivationFunction::kRelu:
      return ops::Activation{.function = Function::kRelu};
    case ActivationFunction::kRelu6:
      return ops::Activation{.function = Function::kRelu, .max_value = 6.0};
    case ActivationFunction::kLeakyRelu:
      return ops::Activation{.function = Function::kRelu, .negative_slope = 0.2};
    case ActivationFunction::kSigmoid:
      return ops::Activation{.function = Function::kSigmoid};
    case ActivationFunction::kTanh:
      return ops::Activation{.function = Function::kTanh};
    case ActivationFunction::kSoftmax:
      return ops::Activation{.function = Function::kSoftmax};
    case ActivationFunction::kLogSoftmax:
      return ops::Activation{.function = Function::kLogSoftmax};
    case ActivationFunction::kElu:
    case ActivationFunction::kCelu:  // at its alpha of 1
      return ops::Activation{.function = Function::kElu};
    case ActivationFunction::kExponential:
      return ops::Activation{.function = Function::kExp};
    case ActivationFunction::kGelu:
      return ops::Activation{.function = Function::kGelu};
    case ActivationFunction::kHardSilu:
      return ops::Activation{.function = Function::kHardSwish};
    case ActivationFunction::kHardTanh:
      return ops::Activation{.function = Function::kClip, .min_value = -1.0, .max_value = 1.0};
    default:
      return std::nullopt;
  }
}

ops::Activation relu(std::optional<double> max = std::nullopt) {
  return {.function = Function::kRelu, .max_value = max};
}

// The functions that several primitives make; formulas are those of Keras's documentation.
class Composite {
 public:
  Composite(ops::Expansion& call, ValueId x, std::string place)
      : make_(call), call_(call), x_(x), place_(std::move(place)) {}

  ValueId of(ActivationFunction function) {
    switch (function) {
      case ActivationFunction::kSilu:
        return make_.multiply(x_, make_.apply(Function::kSigmoid, x_, part("sigmoid")), place_);
      case ActivationFunction::kHardSigmoid:
        return call_.add(ops::Activate{relu(1.0)}, {make_.affine(x_, 1.0 / 6.0, 0.5)}, place_);
      case ActivationFunction::kSparseSigmoid:
        return call_.add(ops::Activate{relu(1.0)}, {make_.affine(x_, 0.5, 0.5)}, place_);
      case ActivationFunction::kGlu:
        return gated();
      case ActivationFunction::kSoftplus:
        return softplus(x_, place_);
      case ActivationFunction::kLogSigmoid:
        return make_.negative(softplus(make_.negative(x_)), place_);
      case ActivationFunction::kMish:
        return make_.multiply(x_, make_.apply(Function::kTanh, softplus(x_)), place_);
      case ActivationFunction::kSelu:
        return selu();
      case ActivationFunction::kSoftsign:
        return make_.divide(x_, make_.affine(make_.apply(Function::kAbs, x_), 1.0, 1.0), place_);
      case ActivationFunction::kTanhShrink:
        return make_.subtract(x_, make_.apply(Function::kTanh, x_), place_);
      case ActivationFunction::kSquareplus:
        return squareplus();
      case ActivationFunction::kSparsePlus:
        return sparse_plus();
      case ActivationFunction::kSparsemax:
        return sparsemax();
      case ActivationFunction::kSoftShrink:
        return make_.subtract(positive(make_.affine(x_, 1.0, -0.5)), positive(make_.affine(x_, -1.0, -0.5)),
                              place_);
      default:  // kHardShrink, the only one left
        return make_.multiply(x_, make_.greater(make_.apply(Function::kAbs, x_), 0.5), place_);
    }
  }

 private:
  std::string part(const std::string& name) const { return place_.empty() ? name : place_ + "_" + name; }
  ValueId positive(ValueId x) { return call_.add(ops::Activate{relu()}, {x}); }
  ValueId negative_part(ValueId x) {
    return call_.add(ops::Activate{{.function = Function::kClip, .max_value = 0.0}}, {x});
  }

  // max(x, 0) + log(1 + exp(-|x|)), which overflows nowhere.
  ValueId softplus(ValueId x, const std::string& place = "") {
    const ValueId small = make_.apply(Function::kExp, make_.negative(make_.apply(Function::kAbs, x)));
    return make_.add(positive(x), make_.apply(Function::kLog, make_.affine(small, 1.0, 1.0)), place);
  }

  ValueId selu() {
    constexpr double kAlpha = 1.6732632423543772, kScale = 1.0507009873554805;
    const ValueId below = make_.apply(Function::kElu, negative_part(x_));
    return make_.add(make_.affine(positive(x_), kScale, 0.0), make_.affine(below, kScale * kAlpha, 0.0),
                     place_);
  }

  ValueId squareplus() {
    const ValueId root =
        make_.apply(Function::kSqrt, make_.affine(make_.apply(Function::kSquare, x_), 1.0, 4.0));
    return make_.affine(make_.add(x_, root), 0.5, 0.0, place_);
  }

  // 0 up to -1, ((x + 1) / 2)^2 up to 1, then x.
  ValueId sparse_plus() {
    const ValueId middle =
        call_.add(ops::Activate{{.function = Function::kClip, .min_value = -1.0, .max_value = 1.0}}, {x_});
    return make_.add(make_.apply(Function::kSquare, make_.affine(middle, 0.5, 0.5)),
                     positive(make_.affine(x_, 1.0, -1.0)), place_);
  }

  // Martins and Astudillo 2016, as Keras has it: an element is kept where the others lie less than 1 above it
  // in sum, so that nothing is sorted; all are then lowered by (total - 1) / count, where each kept element
  // is in the total as often as kept ones lie at or below it (in the paper: once).
  ValueId sparsemax() {
    using ops::Combination, ops::Reduction;
    Shape columns = call_.shape(x_), rows = columns;
    const auto last = static_cast<int64_t>(columns.size()) - 1;
    columns.push_back(1);
    rows.insert(rows.end() - 1, 1);
    const ValueId each = make_.reshape(x_, columns), others = make_.reshape(x_, rows);
    const ValueId above =
        make_.reduce(Reduction::kSum, positive(make_.subtract(others, each)), {last + 1}, false);
    const ValueId kept = make_.greater(make_.affine(above, -1.0, 1.0), 0.0);
    const ValueId below = make_.add(make_.combine(Combination::kGreater, each, others),
                                    make_.combine(Combination::kGreaterEqual, each, others));
    const ValueId kept_below =
        make_.reduce(Reduction::kSum, make_.multiply(below, make_.reshape(kept, rows)), {last + 1}, false);
    const ValueId times = make_.multiply(kept, make_.affine(kept_below, 0.5, 0.5));
    const ValueId total = make_.reduce(Reduction::kSum, make_.multiply(x_, times), {last}, true);
    const ValueId count = make_.reduce(Reduction::kSum, kept, {last}, true);
    const ValueId lowered = make_.subtract(x_, make_.divide(make_.affine(total, 1.0, -1.0), count));
    return call_.add(ops::Activate{relu()}, {lowered}, place_);
  }

  // The first half of the channels, through a gate that the second half makes.
  ValueId gated() {
    const size_t last = call_.shape(x_).size() - 1;
    const int64_t half = call_.shape(x_)[last] / 2;
    const ValueId values = make_.slice(x_, last, 0, half), gate = make_.slice(x_, last, half, half);
    return make_.multiply(values, make_.apply(Function::kSigmoid, gate, part("sigmoid")), place_);
  }

  Arithmetic make_;
  ops::Expansion& call_;
  ValueId x_;
  std::string place_;
};

}  // namespace

ops::ValueId activate(ops::Expansion& call, ops::ValueId x, ActivationFunction function,
                      const std::string& place) {
  if (const auto form = form_of(function)) {
    return place.empty() ? call.activate(x, *form) : call.add(ops::Activate{*form}, {x}, place);
  }
  if (place.empty()) call.name_pre_activation(x);
  return Composite(call, x, place).of(function);
}

}  // namespace nudge::layers
