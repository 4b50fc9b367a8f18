#include "nudge/plan/dropout_step.h"

#include <algorithm>

#include "nudge/base/random.h"
#include "nudge/base/threads.h"

namespace nudge::plan {
namespace {

// Elements that share one generator: the mask is the same at any thread count.
constexpr int64_t kRun = 4096;

class DropoutStep : public Step {
 public:
  explicit DropoutStep(const ops::Operation& operation)
      : Step(operation.name, "fallback", operation.inputs, operation.output),
        options_(*operation.as<ops::Dropout>()) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const ValueId input = inputs()[0];
    drops_ = context.mode == Mode::kTraining && options_.rate > 0.0;
    if (!drops_) {
      values.alias(output(), input);
      return;
    }
    const uint64_t seed = options_.seed ? static_cast<uint64_t>(*options_.seed) : context.seed;
    generator_ = Random(seed)
                     .fork(stable_hash(description().name))
                     .fork(static_cast<uint64_t>(context.training_steps));
    mask(values.read(input), values.count(input), values.write(output()));
  }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const ValueId input = inputs()[0];
    if (!drops_) {
      values.pass_gradient(output(), input);
      return;
    }
    Values::Share share = values.begin_gradient(input);
    mask(values.gradient(output()), values.count(input), share.data.f32);
    values.end_gradient(std::move(share));
  }

 private:
  // The mask is drawn again in backward instead of kept.
  void mask(const float* x, int64_t n, float* y) const {
    const double rate = options_.rate;
    const auto scale = static_cast<float>(rate < 1.0 ? 1.0 / (1.0 - rate) : 0.0);
    parallel_for((n + kRun - 1) / kRun, 1, [&](int64_t begin, int64_t end) {
      for (int64_t run = begin; run < end; ++run) {
        Random random = generator_.fork(static_cast<uint64_t>(run));
        const int64_t last = std::min(n, (run + 1) * kRun);
        for (int64_t i = run * kRun; i < last; ++i) y[i] = random.uniform() < rate ? 0.0f : x[i] * scale;
      }
    });
  }

  ops::Dropout options_;
  bool drops_ = false;
  Random generator_{0};
};

}  // namespace

StepPtr make_dropout_step(const ops::Operation& operation) {
  return std::make_unique<DropoutStep>(operation);
}

}  // namespace nudge::plan
