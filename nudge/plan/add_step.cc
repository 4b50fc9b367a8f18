#include "nudge/plan/add_step.h"

#include <array>

#include "nudge/kernels/elementwise/add.h"
#include "nudge/kernels/elementwise/range_gradient.h"

namespace nudge::plan {
namespace {

class AddStep : public Step {
 public:
  AddStep(const ops::Operation& add, const kernels::AddActivation& activation, ValueId output,
          quantize::Range* range)
      : Step(add.name, "grid", add.inputs, output), activation_(activation), range_(range) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const kernels::Operand a = values.operand(inputs()[0]), b = values.operand(inputs()[1]);
    const int64_t n = values.count(output());
    if (range_ != nullptr && (context.mode == Mode::kTraining || context.mode == Mode::kCalibration)) {
      const kernels::MinMax seen = kernels::add_range(a, b, n, activation_);
      range_->observe(std::array{seen.min}, std::array{seen.max});
    }
    if (range_ == nullptr || context.mode == Mode::kCalibration) {
      kernels::add(a, b, n, activation_, values.write_kept(output()));
      return;
    }
    grid_ = range_->grid();
    kernels::add(a, b, n, activation_, grid_, values.write_codes(output(), grid_));
  }

  std::vector<ValueId> backward_reads() const override {
    return linear() ? std::vector<ValueId>{} : inputs();
  }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const bool first = values.spec(inputs()[0]).needs_gradient;
    const bool second = values.spec(inputs()[1]).needs_gradient;
    if (range_ != nullptr && range_->learns()) {
      range_->add_gradient(kernels::range_gradient(values.operand(inputs()[0]), values.operand(inputs()[1]),
                                                   values.kept_gradient(output()), values.count(output()),
                                                   activation_, grid_));
    }
    // Both inputs, of one shape, receive the same gradient.
    const ValueId taker = first ? inputs()[0] : inputs()[1];
    if (linear()) {
      if (first && second) values.add_gradient(inputs()[1], values.kept_gradient(output()));
      return values.pass_gradient(output(), taker);
    }
    Values::Share share = values.begin_kept_gradient(taker);
    kernels::add_gradient(values.operand(inputs()[0]), values.operand(inputs()[1]),
                          values.kept_gradient(output()), values.count(output()), activation_,
                          range_ != nullptr ? &grid_ : nullptr, share.data);
    if (first && second) values.add_gradient(inputs()[1], share.data);
    values.end_gradient(std::move(share));
  }

 private:
  // The gradient passes whatever the values were.
  bool linear() const { return range_ == nullptr && !activation_.relu; }

  kernels::AddActivation activation_;
  quantize::Range* range_;
  kernels::Grid grid_;
};

}  // namespace

bool is_plain_add(const ops::Operation& operation, const Values& values) {
  const auto* combine = operation.as<ops::Combine>();
  return combine != nullptr && combine->how == ops::Combination::kAdd &&
         values.spec(operation.inputs[0]).shape == values.spec(operation.inputs[1]).shape;
}

StepPtr make_add_step(const ops::Operation& add, const kernels::AddActivation& activation, ValueId output,
                      quantize::Range* range) {
  return std::make_unique<AddStep>(add, activation, output, range);
}

}  // namespace nudge::plan
