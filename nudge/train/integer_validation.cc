#include "nudge/train/integer_validation.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/train/predictor.h"

namespace nudge::train {
namespace {

Logs named(const std::string& prefix, const Logs& metrics) {
  Logs logs;
  for (const auto& [name, value] : metrics) logs[prefix + name] = value;
  return logs;
}

}  // namespace

IntegerValidation::IntegerValidation(IntegerValidationOptions options, const History& before)
    : options_(options) {
  const auto accuracies = before.metrics.find("val_simulated_accuracy");
  const auto losses = before.metrics.find("val_simulated_loss");
  if (accuracies != before.metrics.end()) {
    for (const double accuracy : accuracies->second) best_ = std::max(best_, accuracy);
  } else if (losses != before.metrics.end()) {
    for (const double loss : losses->second) best_ = std::max(best_, -loss);
  }
}

bool IntegerValidation::due(const Evaluation& simulated, int epoch, bool last) {
  const double score = simulated.metrics.contains("accuracy") ? simulated.accuracy : -simulated.loss;
  const bool better = score > best_;
  if (better) best_ = score;
  if (options_.every <= 0) return false;
  return last || (options_.best ? better : (epoch + 1) % options_.every == 0);
}

Logs IntegerValidation::logs(const ModelPtr& quantized, const Evaluation& simulated, data::BatchStream& data,
                             const Objective& objective, int64_t steps, int epoch, bool last) {
  Logs logs = named("val_simulated_", simulated.metrics);
  const bool now = due(simulated, epoch, last);
  if (now && possible_) {
    try {
      Predictor integers(quantized);
      Evaluation result = integers.evaluate(data, objective, steps);
      result.metrics["loss"] += simulated.penalty;
      logs.merge(named("val_", result.metrics));
    } catch (const UnsupportedError& error) {
      log_warning(std::string("validation is the simulation's, as no file can hold the model: ") +
                  error.what());
      possible_ = false;
    }
  }
  if (!possible_ || options_.every <= 0) logs.merge(named("val_", simulated.metrics));
  return logs;
}

}  // namespace nudge::train
