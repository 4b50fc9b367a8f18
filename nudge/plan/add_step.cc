#include "nudge/plan/add_step.h"

#include <array>

#include "nudge/kernels/grid_ops.h"
#include "nudge/layers/add.h"

namespace nudge::plan {
namespace {

class AddStep : public Step {
 public:
  AddStep(const Operation& add, const Operation* quantizer)
      : Step(add.name, "grid", add.inputs, quantizer != nullptr ? quantizer->output : add.output),
        range_(quantizer != nullptr ? quantizer->range : nullptr) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const kernels::Operand a = operand(values, inputs()[0]), b = operand(values, inputs()[1]);
    const int64_t n = values.count(output());
    if (range_ != nullptr && (context.mode == Mode::kTraining || context.mode == Mode::kCalibration)) {
      const kernels::Range seen = kernels::add_range(a, b, n);
      range_->observe(std::array{seen.min}, std::array{seen.max});
    }
    if (range_ == nullptr || context.mode == Mode::kCalibration) {
      const bool bf16 = values.spec(output()).bf16;
      kernels::add(
          a, b, n, {},
          bf16 ? kernels::Reals(values.write_bfloat16(output())) : kernels::Reals(values.write(output())));
      return;
    }
    grid_ = range_->grid();
    kernels::add(a, b, n, {}, grid_, values.write_codes(output(), grid_));
  }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const bool first = values.spec(inputs()[0]).needs_gradient;
    const bool second = values.spec(inputs()[1]).needs_gradient;
    // Both inputs, of one shape, receive the same gradient.
    const ValueId taker = first ? inputs()[0] : inputs()[1];
    const bool bf16 = values.spec(output()).bf16;
    Values::Share share = bf16 ? values.begin_bfloat16_gradient(taker) : values.begin_gradient(taker);
    const kernels::ConstReals dy = bf16 ? kernels::ConstReals(values.bfloat16_gradient(output()))
                                        : kernels::ConstReals(values.gradient(output()));
    kernels::add_gradient(operand(values, inputs()[0]), operand(values, inputs()[1]), dy,
                          values.count(output()), {}, range_ != nullptr ? &grid_ : nullptr, share.data);
    if (first && second) values.add_gradient(inputs()[1], share.data);
    values.end_gradient(std::move(share));
  }

 private:
  static kernels::Operand operand(Values& values, ValueId id) {
    const uint8_t* codes = values.codes(id);
    if (codes != nullptr) return {.codes = codes, .grid = values.grid(id)};
    if (values.spec(id).bf16) return {.values = values.read_bfloat16(id)};
    return {.values = values.read(id)};
  }

  quantize::Range* range_;
  kernels::Grid grid_;
};

}  // namespace

bool is_plain_add(const Operation& operation, const Values& values) {
  return operation.kind == Operation::Kind::kLayer && operation.inputs.size() == 2 &&
         dynamic_cast<const layers::Add*>(operation.layer) != nullptr &&
         values.spec(operation.inputs[0]).shape == values.spec(operation.inputs[1]).shape;
}

StepPtr make_add_step(const Operation& add, const Operation* quantizer) {
  return std::make_unique<AddStep>(add, quantizer);
}

}  // namespace nudge::plan
