#include "nudge/train/optimizer.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/train/each_weight.h"

namespace nudge::train {
namespace {

void check(const OptimizerOptions& options) {
  const auto at_least_zero = [](const char* name, double value) {
    if (value >= 0 && std::isfinite(value)) return;
    throw ValueError(fmt::format("{} is {}, it must not be below 0", name, value));
  };
  at_least_zero("weight_decay", options.weight_decay);
  at_least_zero("clipvalue", options.clipvalue);
  at_least_zero("clipnorm", options.clipnorm);
  at_least_zero("global_clipnorm", options.global_clipnorm);
  const int ways = (options.clipvalue > 0 ? 1 : 0) + (options.clipnorm > 0 ? 1 : 0) +
                   (options.global_clipnorm > 0 ? 1 : 0);
  if (ways > 1) throw ValueError("only one of clipnorm, clipvalue and global_clipnorm can be given");
  if (!(options.ema_momentum >= 0 && options.ema_momentum <= 1)) {
    throw ValueError(fmt::format("ema_momentum is {}, it must be within 0 and 1", options.ema_momentum));
  }
  at_least_zero("ema_overwrite_frequency", static_cast<double>(options.ema_overwrite_frequency));
  if (options.gradient_accumulation_steps < 0 || options.gradient_accumulation_steps == 1) {
    throw ValueError(fmt::format("gradient_accumulation_steps is {}, it must be 2 or more",
                                 options.gradient_accumulation_steps));
  }
}

double sum_of_squares(const Array& gradient) {
  double sum = 0;
  for (const float g : gradient.span<float>()) sum += static_cast<double>(g) * static_cast<double>(g);
  return sum;
}

void scale(Array& gradient, double factor) {
  for (float& g : gradient.span<float>()) g *= static_cast<float>(factor);
}

}  // namespace

Optimizer::Optimizer(double learning_rate, const OptimizerOptions& options)
    : learning_rate_(learning_rate), common_(options) {
  check(options);
}

std::map<std::string, double> Optimizer::options() const {
  std::map<std::string, double> all = rule_options();
  const OptimizerOptions& step = common_;
  const auto note = [&](const char* name, double value) {
    if (value != 0) all[name] = value;
  };
  note("weight_decay", step.weight_decay);
  note("clipvalue", step.clipvalue);
  note("clipnorm", step.clipnorm);
  note("global_clipnorm", step.global_clipnorm);
  if (step.use_ema) {
    all["use_ema"] = 1;
    all["ema_momentum"] = step.ema_momentum;
    note("ema_overwrite_frequency", static_cast<double>(step.ema_overwrite_frequency));
  }
  note("gradient_accumulation_steps", static_cast<double>(step.gradient_accumulation_steps));
  return all;
}

int64_t Optimizer::updates() const {
  return iterations_ / std::max<int64_t>(1, common_.gradient_accumulation_steps);
}

float* Optimizer::slot(const std::string& key, const char* name, const Array& like, float start) {
  Array& array = state_[key + "/" + name];
  if (array.empty() || array.shape() != like.shape()) array = Array::full<float>(like.shape(), start);
  return array.data<float>();
}

void Optimizer::apply(const std::vector<WeightStep>& weights) {
  for (const WeightStep& weight : weights) {
    if (weight.value.shape() == weight.gradient.shape()) continue;
    throw ShapeError("weight '" + weight.key + "' has shape " + to_string(weight.value.shape()) +
                     ", its gradient " + to_string(weight.gradient.shape()));
  }
  ++iterations_;
  if (accumulate(weights)) {
    clip(weights);
    for (const WeightStep& weight : weights) {
      if (common_.weight_decay > 0) {
        const auto decay = static_cast<float>(common_.weight_decay);
        const auto rate = static_cast<float>(learning_rate_);
        for (float& w : weight.value.span<float>()) w -= w * decay * rate;
      }
      update(weight);
    }
  }
  if (common_.use_ema) average(weights);
}

// Whether the weights are to be updated now, with what the gradients then hold.
bool Optimizer::accumulate(const std::vector<WeightStep>& weights) {
  const int64_t every = common_.gradient_accumulation_steps;
  if (every == 0) return true;
  const bool now = iterations_ % every == 0;
  for (const WeightStep& weight : weights) {
    float* sum = slot(weight.key, "gradient_accumulator", weight.value);
    float* g = weight.gradient.data<float>();
    for (int64_t i = 0; i < weight.gradient.size(); ++i) {
      const float all = g[i] + sum[i];
      sum[i] = now ? 0.0f : all;
      if (now) g[i] = all / static_cast<float>(every);
    }
  }
  return now;
}

void Optimizer::clip(const std::vector<WeightStep>& weights) const {
  const OptimizerOptions& step = common_;
  double all = 0;
  if (step.global_clipnorm > 0) {
    for (const WeightStep& weight : weights) all += sum_of_squares(weight.gradient);
    all = std::sqrt(all);
  }
  for (const WeightStep& weight : weights) {
    if (step.global_clipnorm > 0) {
      if (all > step.global_clipnorm) scale(weight.gradient, step.global_clipnorm / all);
    } else if (step.clipnorm > 0) {
      const double norm = std::sqrt(sum_of_squares(weight.gradient));
      if (norm > step.clipnorm) scale(weight.gradient, step.clipnorm / norm);
    } else if (step.clipvalue > 0) {
      const auto most = static_cast<float>(step.clipvalue);
      for (float& g : weight.gradient.span<float>()) g = std::clamp(g, -most, most);
    }
  }
}

void Optimizer::average(const std::vector<WeightStep>& weights) {
  // Keras counts from the step before, and its first average is the weight itself.
  const int64_t before = (iterations_ - 1) / std::max<int64_t>(1, common_.gradient_accumulation_steps);
  const int64_t frequency = common_.ema_overwrite_frequency;
  const bool overwrite = frequency > 0 && (before + 1) % frequency == 0;
  for (const WeightStep& weight : weights) {
    const bool first = before == 0 || !state_.contains(weight.key + "/average");
    const auto momentum = static_cast<float>(first ? 0.0 : common_.ema_momentum);
    float* average = slot(weight.key, "average", weight.value);
    float* w = weight.value.data<float>();
    each_weight(weight.value.size(), [=](int64_t i) {
      average[i] = momentum * average[i] + (1.0f - momentum) * w[i];
      if (overwrite) w[i] = average[i];
    });
  }
}

void Optimizer::finish(const std::vector<WeightStep>& weights) {
  if (!common_.use_ema || iterations_ == 0) return;
  for (const WeightStep& weight : weights) {
    const float* average = slot(weight.key, "average", weight.value);
    std::copy_n(average, weight.value.size(), weight.value.data<float>());
  }
}

}  // namespace nudge::train
