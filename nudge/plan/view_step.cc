#include "nudge/plan/view_step.h"

namespace nudge::plan {
namespace {

class ViewStep : public Step {
 public:
  explicit ViewStep(const ops::Operation& operation)
      : Step(operation.name, "grid", operation.inputs, operation.output) {}

  void forward(StepContext& context) override { context.values.alias(output(), inputs()[0]); }
  std::vector<ValueId> backward_reads() const override { return {}; }
  bool may_alias() const override { return true; }
  void backward(StepContext& context) override { context.values.pass_gradient(output(), inputs()[0]); }
};

}  // namespace

bool is_view(const ops::Operation& operation) {
  return operation.is<ops::Reshape>() || operation.is<ops::Identity>();
}

StepPtr make_view_step(const ops::Operation& operation) { return std::make_unique<ViewStep>(operation); }

}  // namespace nudge::plan
