#include "nudge/train/optimizer.h"

#include <algorithm>
#include <cctype>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/kernels/elementwise/optimizer_updates.h"

namespace nudge::train {
namespace {

void check_sizes(const std::string& key, const Array& value, const Array& gradient) {
  if (value.shape() != gradient.shape()) {
    throw ShapeError("weight '" + key + "' has shape " + to_string(value.shape()) + ", its gradient " +
                     to_string(gradient.shape()));
  }
}

class Sgd : public Optimizer {
 public:
  explicit Sgd(SgdOptions options) : Optimizer(options.learning_rate), options_(options) {}
  std::string name() const override { return "SGD"; }
  std::map<std::string, double> options() const override {
    return {{"momentum", options_.momentum}, {"nesterov", options_.nesterov ? 1.0 : 0.0}};
  }

  void update(const std::string& key, Array& value, const Array& gradient) override {
    check_sizes(key, value, gradient);
    const auto momentum = static_cast<float>(options_.momentum);
    kernels::update(
        {value.size(), value.data<float>(), gradient.data<float>()},
        kernels::SgdUpdate{.rate = static_cast<float>(learning_rate()),
                           .momentum = momentum,
                           .nesterov = options_.nesterov,
                           .velocity = momentum == 0.0f ? nullptr : slot(key, "momentum", value)});
  }

 private:
  SgdOptions options_;
};

class Rmsprop : public Optimizer {
 public:
  explicit Rmsprop(RmspropOptions options) : Optimizer(options.learning_rate), options_(options) {}
  std::string name() const override { return "RMSprop"; }
  std::map<std::string, double> options() const override {
    return {{"rho", options_.rho},
            {"momentum", options_.momentum},
            {"epsilon", options_.epsilon},
            {"centered", options_.centered ? 1.0 : 0.0}};
  }

  void update(const std::string& key, Array& value, const Array& gradient) override {
    check_sizes(key, value, gradient);
    const auto momentum = static_cast<float>(options_.momentum);
    const kernels::RmspropUpdate update{
        .rate = static_cast<float>(learning_rate()),
        .rho = static_cast<float>(options_.rho),
        .epsilon = static_cast<float>(options_.epsilon),
        .momentum = momentum,
        .velocity = slot(key, "velocity", value),
        .mean = options_.centered ? slot(key, "average_gradient", value) : nullptr,
        .moved = momentum > 0.0f ? slot(key, "momentum", value) : nullptr};
    kernels::update({value.size(), value.data<float>(), gradient.data<float>()}, update);
  }

 private:
  RmspropOptions options_;
};

class Adam : public Optimizer {
 public:
  explicit Adam(AdamOptions options) : Optimizer(options.learning_rate), options_(options) {}
  std::string name() const override { return "Adam"; }
  std::map<std::string, double> options() const override {
    return {{"beta_1", options_.beta_1}, {"beta_2", options_.beta_2}, {"epsilon", options_.epsilon}};
  }

  void update(const std::string& key, Array& value, const Array& gradient) override {
    check_sizes(key, value, gradient);
    const auto t = static_cast<double>(std::max<int64_t>(iterations(), 1));
    const auto rate = static_cast<float>(learning_rate() * std::sqrt(1 - std::pow(options_.beta_2, t)) /
                                         (1 - std::pow(options_.beta_1, t)));
    const kernels::AdamUpdate update{.rate = rate,
                                     .by_gradient = static_cast<float>(1 - options_.beta_1),
                                     .by_square = static_cast<float>(1 - options_.beta_2),
                                     .epsilon = static_cast<float>(options_.epsilon),
                                     .momentum = slot(key, "momentum", value),
                                     .velocity = slot(key, "velocity", value)};
    kernels::update({value.size(), value.data<float>(), gradient.data<float>()}, update);
  }

 private:
  AdamOptions options_;
};

}  // namespace

float* Optimizer::slot(const std::string& key, const char* name, const Array& like) {
  Array& array = state_[key + "/" + name];
  if (array.empty() || array.shape() != like.shape()) array = Array(like.shape());
  return array.data<float>();
}

std::unique_ptr<Optimizer> sgd(SgdOptions options) { return std::make_unique<Sgd>(options); }
std::unique_ptr<Optimizer> rmsprop(RmspropOptions options) { return std::make_unique<Rmsprop>(options); }
std::unique_ptr<Optimizer> adam(AdamOptions options) { return std::make_unique<Adam>(options); }

std::unique_ptr<Optimizer> optimizer_from_name(const std::string& name,
                                               const std::map<std::string, double>& options) {
  const auto option = [&](const char* key, double standard) {
    const auto found = options.find(key);
    return found == options.end() ? standard : found->second;
  };
  std::string lower = name;
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  if (lower == "sgd") {
    const SgdOptions by_default;
    return sgd(
        {.momentum = option("momentum", by_default.momentum), .nesterov = option("nesterov", 0.0) != 0.0});
  }
  if (lower == "rmsprop") {
    const RmspropOptions by_default;
    return rmsprop({.rho = option("rho", by_default.rho),
                    .momentum = option("momentum", by_default.momentum),
                    .epsilon = option("epsilon", by_default.epsilon),
                    .centered = option("centered", 0.0) != 0.0});
  }
  if (lower == "adam") {
    const AdamOptions by_default;
    return adam({.beta_1 = option("beta_1", by_default.beta_1),
                 .beta_2 = option("beta_2", by_default.beta_2),
                 .epsilon = option("epsilon", by_default.epsilon)});
  }
  throw ValueError("unknown optimizer '" + name + "'; known: sgd, rmsprop, adam");
}

}  // namespace nudge::train
