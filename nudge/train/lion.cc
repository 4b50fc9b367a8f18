#include "nudge/train/each_weight.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

class Lion : public Optimizer {
 public:
  explicit Lion(const LionOptions& options)
      : Optimizer(options.learning_rate, options.common), options_(options) {}
  std::string name() const override { return "Lion"; }

 protected:
  std::map<std::string, double> rule_options() const override {
    return {{"beta_1", options_.beta_1}, {"beta_2", options_.beta_2}};
  }
  void update(const WeightStep& weight) override {
    float* w = weight.value.data<float>();
    const float* g = weight.gradient.data<float>();
    float* m = slot(weight.key, "momentum", weight.value);
    const auto beta_1 = static_cast<float>(options_.beta_1), beta_2 = static_cast<float>(options_.beta_2);
    const auto rate = static_cast<float>(learning_rate());
    each_weight(weight.value.size(), [=](int64_t i) {
      const float direction = m[i] * beta_1 + g[i] * (1.0f - beta_1);
      w[i] -= direction > 0 ? rate : direction < 0 ? -rate : 0.0f;
      m[i] = m[i] * beta_2 + g[i] * (1.0f - beta_2);
    });
  }

 private:
  LionOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> lion(LionOptions options) { return std::make_unique<Lion>(options); }

}  // namespace nudge::train
