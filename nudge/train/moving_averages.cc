#include "nudge/train/moving_averages.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "nudge/base/error.h"
#include "nudge/layers/batch_normalization.h"
#include "nudge/train/each_layer.h"

namespace nudge::train {
namespace {

// A twentieth of a standard deviation moves no class that is not in doubt.
constexpr double kSettled = 0.05;
// Fewer batches tell more of themselves than of the data.
constexpr int64_t kLeastSteps = 10;

// The mean of the batches in between, where the average was `then` and what it was counts `kept` now.
double between(float now, float then, double kept) {
  return (double{now} - kept * double{then}) / (1.0 - kept);
}

}  // namespace

MovingAverages::MovingAverages(Model& model) {
  std::set<const Layer*> seen;
  each_layer(model, [&](Layer& layer) {
    const auto* norm = dynamic_cast<const layers::BatchNormalization*>(&unwrapped(layer));
    if (norm == nullptr || !layer.trainable() || !norm->trainable() || !seen.insert(norm).second) return;
    layers_.push_back({norm->name(),
                       norm->options().momentum,
                       norm->options().epsilon,
                       &norm->weight("moving_mean"),
                       &norm->weight("moving_variance"),
                       {},
                       {}});
  });
  look_back_to_now();
}

void MovingAverages::look_back_to_now() {
  for (Averages& one : layers_) {
    one.mean_then = one.mean->value.clone();
    one.variance_then = one.variance->value.clone();
  }
  steps_ = 0;
}

void MovingAverages::begin_epoch() {
  if (steps_ >= kLeastSteps) look_back_to_now();
}

std::vector<AveragesFigure> MovingAverages::figures() const {
  std::vector<AveragesFigure> figures;
  for (const Averages& one : layers_) {
    const double kept = std::pow(one.momentum, static_cast<double>(steps_));
    const auto mean = one.mean->value.span<float>();
    const auto variance = one.variance->value.span<float>();
    const auto mean_then = one.mean_then.span<float>();
    const auto variance_then = one.variance_then.span<float>();
    double squares = 0.0;
    for (size_t i = 0; i < mean.size() && kept < 1.0; ++i) {
      const double recent = between(mean[i], mean_then[i], kept);
      const double spread = std::max(0.0, between(variance[i], variance_then[i], kept));
      const double deviation = std::sqrt(spread + one.epsilon);
      const double off = std::abs(double{mean[i]} - recent) / deviation;
      const double wide =
          std::abs(std::sqrt(std::max(0.0, double{variance[i]}) + one.epsilon) / deviation - 1.0);
      squares += std::max(off, wide) * std::max(off, wide);
    }
    const double distance = std::sqrt(squares / std::max<double>(1.0, static_cast<double>(mean.size())));
    figures.push_back({one.layer, distance, steps_ >= kLeastSteps && distance < kSettled});
  }
  return figures;
}

CallbackState MovingAverages::state() const {
  CallbackState state;
  if (empty()) return state;
  state.text = std::to_string(steps_);
  for (size_t i = 0; i < layers_.size(); ++i) {
    state.arrays[std::to_string(i) + "/mean"] = layers_[i].mean_then;
    state.arrays[std::to_string(i) + "/variance"] = layers_[i].variance_then;
  }
  return state;
}

void MovingAverages::restore(const CallbackState& state) {
  const auto of = [&](const std::string& name, const Weight& weight) {
    const auto found = state.arrays.find(name);
    if (found == state.arrays.end() || found->second.shape() != weight.shape ||
        found->second.type() != DataType::kFloat32) {
      throw InputError("the moving averages that were kept are not of this model");
    }
    return found->second;
  };
  for (size_t i = 0; i < layers_.size(); ++i) {
    layers_[i].mean_then = of(std::to_string(i) + "/mean", *layers_[i].mean);
    layers_[i].variance_then = of(std::to_string(i) + "/variance", *layers_[i].variance);
  }
  const bool number =
      !state.text.empty() && state.text.size() < 16 &&
      std::all_of(state.text.begin(), state.text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (!number && !empty()) throw InputError("the steps of the moving averages are not readable");
  steps_ = empty() ? 0 : std::stoll(state.text);
}

}  // namespace nudge::train
