#include "nudge/plan/distortion/distort_step.h"

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/base/threads.h"
#include "nudge/plan/distortion/draw.h"

namespace nudge::plan {
namespace {

class DistortStep : public Step {
 public:
  explicit DistortStep(const ops::Operation& operation)
      : Step(operation.name, "grid", operation.inputs, operation.output),
        where_(ops::Program::where(operation)),
        options_(*operation.as<ops::Distort>()) {
    if (options_.how == nullptr) throw ValueError(where_ + "a Distort says nothing of how");
  }

  void forward(StepContext& context) override {
    Values& values = context.values;
    const ValueId input = inputs()[0];
    distorts_ = context.mode == Mode::kTraining;
    if (!distorts_) {
      values.alias(output(), input);
      return;
    }
    const uint64_t seed = options_.seed ? static_cast<uint64_t>(*options_.seed) : context.seed;
    const Random step = Random(seed)
                            .fork(stable_hash(description().name))
                            .fork(options_.how->stream)
                            .fork(static_cast<uint64_t>(context.training_steps));
    const Shape shape = values.shape(input);
    const float* x = values.read(input);
    float* y = values.write(output());
    parallel_for(shape[0], 1, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t size = shape[1] * shape[2] * shape[3];
        const Picture picture{x + i * size, shape[1], shape[2], shape[3]};
        distort(*options_.how, picture, step.fork(static_cast<uint64_t>(i) + 1), step.fork(0), y + i * size);
      }
    });
  }

  bool may_alias() const override { return true; }
  void backward(StepContext& context) override {
    if (distorts_) {
      throw UnsupportedError(
          where_ +
          "stands behind layers that are trained, which it gives no gradient; put it at the "
          "model's input, or freeze what is before it");
    }
    context.values.pass_gradient(output(), inputs()[0]);
  }

 private:
  std::string where_;
  ops::Distort options_;
  bool distorts_ = false;
};

}  // namespace

StepPtr make_distort_step(const ops::Operation& operation) {
  return std::make_unique<DistortStep>(operation);
}

}  // namespace nudge::plan
