#include <algorithm>
#include <cmath>

#include "nudge/train/each_weight.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

class Adamax : public Optimizer {
 public:
  explicit Adamax(const AdamOptions& options)
      : Optimizer(options.learning_rate, options.common), options_(options) {}
  std::string name() const override { return "Adamax"; }

 protected:
  std::map<std::string, double> rule_options() const override {
    return {{"beta_1", options_.beta_1}, {"beta_2", options_.beta_2}, {"epsilon", options_.epsilon}};
  }
  void update(const WeightStep& weight) override {
    float* w = weight.value.data<float>();
    const float* g = weight.gradient.data<float>();
    float* m = slot(weight.key, "momentum", weight.value);
    float* u = slot(weight.key, "norm", weight.value);
    const auto by_gradient = static_cast<float>(1 - options_.beta_1);
    const auto decay = static_cast<float>(options_.beta_2), epsilon = static_cast<float>(options_.epsilon);
    const auto rate =
        static_cast<float>(learning_rate() / (1 - std::pow(options_.beta_1, static_cast<double>(updates()))));
    each_weight(weight.value.size(), [=](int64_t i) {
      m[i] += (g[i] - m[i]) * by_gradient;
      u[i] = std::max(decay * u[i], std::abs(g[i]));
      w[i] -= rate * m[i] / (u[i] + epsilon);
    });
  }

 private:
  AdamOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> adamax(AdamOptions options) { return std::make_unique<Adamax>(options); }

}  // namespace nudge::train
