#include "nudge/kernels/elementwise/optimizer_updates.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

class Sgd : public Optimizer {
 public:
  explicit Sgd(const SgdOptions& options)
      : Optimizer(options.learning_rate, options.common), options_(options) {}
  std::string name() const override { return "SGD"; }

 protected:
  std::map<std::string, double> rule_options() const override {
    return {{"momentum", options_.momentum}, {"nesterov", options_.nesterov ? 1.0 : 0.0}};
  }
  void update(const WeightStep& weight) override {
    const auto momentum = static_cast<float>(options_.momentum);
    kernels::update({weight.value.size(), weight.value.data<float>(), weight.gradient.data<float>()},
                    kernels::SgdUpdate{
                        .rate = static_cast<float>(learning_rate()),
                        .momentum = momentum,
                        .nesterov = options_.nesterov,
                        .velocity = momentum == 0.0f ? nullptr : slot(weight.key, "momentum", weight.value)});
  }

 private:
  SgdOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> sgd(SgdOptions options) { return std::make_unique<Sgd>(options); }

}  // namespace nudge::train
