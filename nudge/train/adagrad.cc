#include <cmath>

#include "nudge/train/each_weight.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

class Adagrad : public Optimizer {
 public:
  explicit Adagrad(const AdagradOptions& options)
      : Optimizer(options.learning_rate, options.common), options_(options) {}
  std::string name() const override { return "Adagrad"; }

 protected:
  std::map<std::string, double> rule_options() const override {
    return {{"initial_accumulator_value", options_.initial_accumulator_value}, {"epsilon", options_.epsilon}};
  }
  void update(const WeightStep& weight) override {
    float* w = weight.value.data<float>();
    const float* g = weight.gradient.data<float>();
    float* sum =
        slot(weight.key, "accumulator", weight.value, static_cast<float>(options_.initial_accumulator_value));
    const auto epsilon = static_cast<float>(options_.epsilon), rate = static_cast<float>(learning_rate());
    each_weight(weight.value.size(), [=](int64_t i) {
      sum[i] += g[i] * g[i];
      w[i] -= rate * g[i] / std::sqrt(sum[i] + epsilon);
    });
  }

 private:
  AdagradOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> adagrad(AdagradOptions options) { return std::make_unique<Adagrad>(options); }

}  // namespace nudge::train
