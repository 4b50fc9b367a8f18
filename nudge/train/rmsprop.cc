#include "nudge/kernels/elementwise/optimizer_updates.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

class Rmsprop : public Optimizer {
 public:
  explicit Rmsprop(const RmspropOptions& options)
      : Optimizer(options.learning_rate, options.common), options_(options) {}
  std::string name() const override { return "RMSprop"; }

 protected:
  std::map<std::string, double> rule_options() const override {
    return {{"rho", options_.rho},
            {"momentum", options_.momentum},
            {"epsilon", options_.epsilon},
            {"centered", options_.centered ? 1.0 : 0.0}};
  }
  void update(const WeightStep& weight) override {
    const auto momentum = static_cast<float>(options_.momentum);
    const kernels::RmspropUpdate update{
        .rate = static_cast<float>(learning_rate()),
        .rho = static_cast<float>(options_.rho),
        .epsilon = static_cast<float>(options_.epsilon),
        .momentum = momentum,
        .velocity = slot(weight.key, "velocity", weight.value),
        .mean = options_.centered ? slot(weight.key, "average_gradient", weight.value) : nullptr,
        .moved = momentum > 0.0f ? slot(weight.key, "momentum", weight.value) : nullptr};
    kernels::update({weight.value.size(), weight.value.data<float>(), weight.gradient.data<float>()}, update);
  }

 private:
  RmspropOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> rmsprop(RmspropOptions options) { return std::make_unique<Rmsprop>(options); }

}  // namespace nudge::train
