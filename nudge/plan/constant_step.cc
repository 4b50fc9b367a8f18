#include "nudge/plan/constant_step.h"

namespace nudge::plan {
namespace {

class ConstantStep : public Step {
 public:
  explicit ConstantStep(const ops::Operation& operation)
      : Step(operation.name, "constant", {}, operation.output),
        value_(operation.as<ops::Constant>()->value) {}

  void forward(StepContext& context) override { context.values.bind(output(), value_.data<float>()); }
  void backward(StepContext&) override {}

 private:
  Array value_;
};

}  // namespace

StepPtr make_constant_step(const ops::Operation& operation) {
  return std::make_unique<ConstantStep>(operation);
}

}  // namespace nudge::plan
