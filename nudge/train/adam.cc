#include <cmath>

#include "nudge/kernels/elementwise/optimizer_updates.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

class Adam : public Optimizer {
 public:
  Adam(const char* name, const AdamOptions& options)
      : Optimizer(options.learning_rate, options.common), name_(name), options_(options) {}
  std::string name() const override { return name_; }

 protected:
  std::map<std::string, double> rule_options() const override {
    return {{"beta_1", options_.beta_1}, {"beta_2", options_.beta_2}, {"epsilon", options_.epsilon}};
  }
  void update(const WeightStep& weight) override {
    const auto t = static_cast<double>(updates());
    const auto rate = static_cast<float>(learning_rate() * std::sqrt(1 - std::pow(options_.beta_2, t)) /
                                         (1 - std::pow(options_.beta_1, t)));
    kernels::update({weight.value.size(), weight.value.data<float>(), weight.gradient.data<float>()},
                    kernels::AdamUpdate{.rate = rate,
                                        .by_gradient = static_cast<float>(1 - options_.beta_1),
                                        .by_square = static_cast<float>(1 - options_.beta_2),
                                        .epsilon = static_cast<float>(options_.epsilon),
                                        .momentum = slot(weight.key, "momentum", weight.value),
                                        .velocity = slot(weight.key, "velocity", weight.value)});
  }

 private:
  const char* name_;
  AdamOptions options_;
};

}  // namespace

std::unique_ptr<Optimizer> adam(AdamOptions options) { return std::make_unique<Adam>("Adam", options); }
std::unique_ptr<Optimizer> adamw(AdamOptions options) { return std::make_unique<Adam>("AdamW", options); }

}  // namespace nudge::train
