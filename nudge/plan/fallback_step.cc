#include "nudge/plan/fallback_step.h"

#include "nudge/base/error.h"
#include "nudge/base/threads.h"

namespace nudge::plan {
namespace {

class FallbackCallStep : public Step {
 public:
  FallbackCallStep(const ops::Operation& operation, std::unique_ptr<FallbackStep> computation)
      : Step(operation.name, "fallback", operation.inputs, operation.output),
        computation_(std::move(computation)),
        trainable_(operation.trainable) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    FallbackCall call;
    for (const ValueId id : inputs()) {
      call.inputs.push_back({.data = values.read_mutable(id),
                             .shape = values.shape(id),
                             .needs_gradient = values.spec(id).needs_gradient});
    }
    call.output = {.data = values.write(output()), .shape = values.shape(output())};
    call.backward_follows = context.mode == Mode::kTraining && values.spec(output()).needs_gradient;
    call.batch_statistics = context.batch_statistics() && trainable_;
    call.statistics_momentum = context.statistics_momentum;
    call.threads = thread_count();
    computation_->forward(call);
  }

  void backward(StepContext& context) override {
    Values& values = context.values;
    std::vector<Values::Share> shares;
    std::vector<float*> gradients;
    for (const ValueId id : inputs()) {
      const bool wanted = values.spec(id).needs_gradient;
      if (wanted) shares.push_back(values.begin_gradient(id));
      gradients.push_back(wanted ? shares.back().data.f32 : nullptr);
    }
    computation_->backward(values.gradient(output()), gradients);
    for (Values::Share& share : shares) values.end_gradient(std::move(share));
  }

 private:
  std::unique_ptr<FallbackStep> computation_;
  bool trainable_;
};

}  // namespace

StepPtr make_fallback_step(const ops::Operation& operation) {
  const std::string where = ops::Program::where(operation);
  const FallbackFactory* factory = nullptr;
  try {
    factory = &fallback_factory();
  } catch (const UnsupportedError& error) {
    throw UnsupportedError(where + error.what());
  }
  return std::make_unique<FallbackCallStep>(operation, factory->step(operation.primitive, where));
}

}  // namespace nudge::plan
