#include "nudge/quantize/learned_quantizer.h"

#include <cmath>
#include <nlohmann/json.hpp>
#include <numbers>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::quantize {
namespace {

// Adam as Keras has it, but for an epsilon that leaves gradients of any size their step.
constexpr double kBeta1 = 0.9, kBeta2 = 0.999, kEpsilon = 1e-30;

// How far log2 of a limit moves.
double adam_step(double gradient, double rate, int64_t steps, double& momentum, double& velocity) {
  momentum += (gradient - momentum) * (1.0 - kBeta1);
  velocity += (gradient * gradient - velocity) * (1.0 - kBeta2);
  const auto count = static_cast<double>(steps);
  const double corrected = rate * std::sqrt(1.0 - std::pow(kBeta2, count)) / (1.0 - std::pow(kBeta1, count));
  return -corrected * momentum / (std::sqrt(velocity) + kEpsilon);
}

float moved(float limit, double step) {
  return static_cast<float>(static_cast<double>(limit) * std::exp2(step));
}

}  // namespace

LearnedQuantizer::LearnedQuantizer(QuantizerOptions options, LearnedOptions learned)
    : MovingAverageQuantizer(options, learned.decay, learned.debias), learning_rate_(learned.learning_rate) {
  if (!(learning_rate_ >= 0.0 && std::isfinite(learning_rate_))) {
    throw ValueError("LearnedQuantizer: learning_rate must not be negative, given " +
                     std::to_string(learning_rate_));
  }
}

Json LearnedQuantizer::config() const {
  Json json = MovingAverageQuantizer::config();
  json["learning_rate"] = learning_rate_;
  return json;
}

QuantizerPtr LearnedQuantizer::from_config(const Json& config) {
  const LearnedOptions standard;
  return std::make_shared<LearnedQuantizer>(
      quantizer_options_from_json(config),
      LearnedOptions{.learning_rate = number_member(config, "learning_rate", "", standard.learning_rate),
                     .decay = number_member(config, "decay", "", standard.decay),
                     .debias = flag_member(config, "debias", "", standard.debias)});
}

void LearnedQuantizer::learn(std::span<float> min, std::span<float> max,
                             std::span<const kernels::RangeGradient> gradients, double rate,
                             RangeProgress& progress) const {
  RangeLearning& learning = progress.learning;
  ++learning.steps;
  // d loss / d log2 |limit|
  double of_min = gradients[0].min * static_cast<double>(min[0]) * std::numbers::ln2;
  double of_max = gradients[0].max * static_cast<double>(max[0]) * std::numbers::ln2;
  if (options().symmetric) of_min = of_max = of_min + of_max;
  const auto step = [&](size_t limit, double gradient) {
    return adam_step(gradient, learning_rate_ * rate, learning.steps, learning.momentum[limit],
                     learning.velocity[limit]);
  };
  const double min_step = step(0, of_min), max_step = step(1, of_max);
  min[0] = moved(min[0], min_step);
  max[0] = moved(max[0], max_step);
  note_movement(min[0], max[0], min[0], max[0], progress);
}

}  // namespace nudge::quantize
