#include <cmath>

#include "nudge/train/each_weight.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

class Nadam : public Optimizer {
 public:
  explicit Nadam(const AdamOptions& options)
      : Optimizer(options.learning_rate, options.common), options_(options) {}
  std::string name() const override { return "Nadam"; }

 protected:
  std::map<std::string, double> rule_options() const override {
    return {{"beta_1", options_.beta_1}, {"beta_2", options_.beta_2}, {"epsilon", options_.epsilon}};
  }
  void update(const WeightStep& weight) override {
    const int64_t t = updates();
    const double this_momentum = momentum_of(t), next_momentum = momentum_of(t + 1);
    const double product = product_of(t);
    float* w = weight.value.data<float>();
    const float* g = weight.gradient.data<float>();
    float* m = slot(weight.key, "momentum", weight.value);
    float* v = slot(weight.key, "velocity", weight.value);
    const auto by_gradient = static_cast<float>(1 - options_.beta_1);
    const auto by_square = static_cast<float>(1 - options_.beta_2);
    const auto epsilon = static_cast<float>(options_.epsilon), rate = static_cast<float>(learning_rate());
    const auto of_mean = static_cast<float>(next_momentum / (1 - product * next_momentum));
    const auto of_gradient = static_cast<float>((1 - this_momentum) / (1 - product));
    const auto of_square = static_cast<float>(1 / (1 - std::pow(options_.beta_2, static_cast<double>(t))));
    each_weight(weight.value.size(), [=](int64_t i) {
      m[i] += (g[i] - m[i]) * by_gradient;
      v[i] += (g[i] * g[i] - v[i]) * by_square;
      w[i] -= rate * (of_mean * m[i] + of_gradient * g[i]) / (std::sqrt(v[i] * of_square) + epsilon);
    });
  }

 private:
  // Dozat's schedule of the momentum.
  double momentum_of(int64_t t) const {
    return options_.beta_1 * (1 - 0.5 * std::pow(0.96, static_cast<double>(t)));
  }
  // Of all momenta so far.
  double product_of(int64_t t) {
    if (t < counted_) {
      counted_ = 0;
      product_ = 1;
    }
    while (counted_ < t) product_ *= momentum_of(++counted_);
    return product_;
  }

  AdamOptions options_;
  int64_t counted_ = 0;
  double product_ = 1;
};

}  // namespace

std::unique_ptr<Optimizer> nadam(AdamOptions options) { return std::make_unique<Nadam>(options); }

}  // namespace nudge::train
