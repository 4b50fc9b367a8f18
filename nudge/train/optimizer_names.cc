// Optimizers by Keras's names and options.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cctype>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

constexpr double kLargestCount = 1e9;

// Options by name; what was not asked for at the end is unknown.
class GivenToOptimizer {
 public:
  explicit GivenToOptimizer(const std::map<std::string, double>& given) : given_(given) {}

  void read(const char* name, double& value) {
    asked_.push_back(name);
    const auto found = given_.find(name);
    if (found != given_.end()) value = found->second;
  }
  // How much of the past an average keeps.
  void read_share(const char* name, double& value) {
    read(name, value);
    if (!(value >= 0 && value < 1)) {
      throw ValueError(fmt::format("{} must be at least 0 and less than 1, given {}", name, value));
    }
  }
  void read(const char* name, int64_t& value) {
    auto number = static_cast<double>(value);
    read(name, number);
    if (number != std::floor(number) || std::abs(number) > kLargestCount) {
      throw ValueError(fmt::format("{} must be a whole number, given {}", name, number));
    }
    value = static_cast<int64_t>(number);
  }
  void read(const char* name, bool& value) {
    double number = value ? 1 : 0;
    read(name, number);
    value = number != 0;
  }
  void read(OptimizerOptions& step) {
    read("weight_decay", step.weight_decay);
    read("clipvalue", step.clipvalue);
    read("clipnorm", step.clipnorm);
    read("global_clipnorm", step.global_clipnorm);
    read("use_ema", step.use_ema);
    read("ema_momentum", step.ema_momentum);
    read("ema_overwrite_frequency", step.ema_overwrite_frequency);
    read("gradient_accumulation_steps", step.gradient_accumulation_steps);
  }

  void finish(const std::string& optimizer) const {
    for (const auto& [name, value] : given_) {
      if (std::find(asked_.begin(), asked_.end(), name) != asked_.end()) continue;
      throw ValueError(fmt::format("optimizer {} has no option '{}'; known: {}", optimizer, name,
                                   fmt::join(asked_, ", ")));
    }
  }

 private:
  const std::map<std::string, double>& given_;
  std::vector<std::string> asked_;
};

AdamOptions adam_options(GivenToOptimizer& given, AdamOptions options = {}) {
  given.read_share("beta_1", options.beta_1);
  given.read_share("beta_2", options.beta_2);
  given.read("epsilon", options.epsilon);
  given.read(options.common);
  return options;
}

std::unique_ptr<Optimizer> make_sgd(GivenToOptimizer& given) {
  SgdOptions options;
  given.read_share("momentum", options.momentum);
  given.read("nesterov", options.nesterov);
  given.read(options.common);
  return sgd(options);
}

std::unique_ptr<Optimizer> make_rmsprop(GivenToOptimizer& given) {
  RmspropOptions options;
  given.read_share("rho", options.rho);
  given.read_share("momentum", options.momentum);
  given.read("epsilon", options.epsilon);
  given.read("centered", options.centered);
  given.read(options.common);
  return rmsprop(options);
}

std::unique_ptr<Optimizer> make_adagrad(GivenToOptimizer& given) {
  AdagradOptions options;
  given.read("initial_accumulator_value", options.initial_accumulator_value);
  given.read("epsilon", options.epsilon);
  given.read(options.common);
  return adagrad(options);
}

std::unique_ptr<Optimizer> make_lion(GivenToOptimizer& given) {
  LionOptions options;
  given.read_share("beta_1", options.beta_1);
  given.read_share("beta_2", options.beta_2);
  given.read(options.common);
  return lion(options);
}

struct KnownOptimizer {
  const char* name;
  std::unique_ptr<Optimizer> (*make)(GivenToOptimizer& given);
};

// Of Keras's, Adadelta, Adafactor, Ftrl, LAMB, Muon and LossScaleOptimizer are not here: none of them is what
// image models are trained with, and losses are not scaled.
constexpr KnownOptimizer kOptimizers[] = {
    {"sgd", make_sgd},
    {"rmsprop", make_rmsprop},
    {"adam", [](GivenToOptimizer& given) { return adam(adam_options(given)); }},
    {"adamw",
     [](GivenToOptimizer& given) { return adamw(adam_options(given, {.common = {.weight_decay = 0.004}})); }},
    {"adamax", [](GivenToOptimizer& given) { return adamax(adam_options(given)); }},
    {"nadam", [](GivenToOptimizer& given) { return nadam(adam_options(given)); }},
    {"adagrad", make_adagrad},
    {"lion", make_lion},
};

}  // namespace

const std::vector<std::string>& optimizer_names() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const KnownOptimizer& known : kOptimizers) all.emplace_back(known.name);
    return all;
  }();
  return names;
}

std::unique_ptr<Optimizer> optimizer_from_name(const std::string& name,
                                               const std::map<std::string, double>& options) {
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  for (const KnownOptimizer& known : kOptimizers) {
    if (lower != known.name) continue;
    GivenToOptimizer given(options);
    auto optimizer = known.make(given);
    given.finish(lower);
    return optimizer;
  }
  throw ValueError(
      fmt::format("unknown optimizer '{}'; known: {}", name, fmt::join(optimizer_names(), ", ")));
}

}  // namespace nudge::train
