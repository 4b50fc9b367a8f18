#include "nudge/train/integer_validation.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/train/predictor.h"

namespace nudge::train {

IntegerValidation::IntegerValidation(IntegerValidationOptions options, const History& before)
    : options_(options) {
  const auto found = before.metrics.find("val_simulated_accuracy");
  if (found == before.metrics.end()) return;
  for (const double accuracy : found->second) best_ = std::max(best_, accuracy);
}

bool IntegerValidation::due(const Evaluation& simulated, int epoch, bool last) {
  const bool better = simulated.accuracy > best_;
  if (better) best_ = simulated.accuracy;
  if (options_.every <= 0) return false;
  return last || (options_.best ? better : (epoch + 1) % options_.every == 0);
}

Logs IntegerValidation::logs(const ModelPtr& quantized, const Evaluation& simulated, data::Loader& data,
                             const Loss& loss, int64_t steps, int epoch, bool last) {
  Logs logs{{"val_simulated_loss", simulated.loss}, {"val_simulated_accuracy", simulated.accuracy}};
  const bool now = due(simulated, epoch, last);
  if (now && possible_) {
    try {
      Predictor integers(quantized);
      const Evaluation result =
          evaluate([&](const Array& x) { return integers.predict(x); }, data, loss, steps);
      logs["val_loss"] = result.loss + simulated.penalty;
      logs["val_accuracy"] = result.accuracy;
    } catch (const UnsupportedError& error) {
      log_warning(std::string("validation is the simulation's, as no file can hold the model: ") +
                  error.what());
      possible_ = false;
    }
  }
  if (!possible_ || options_.every <= 0) {
    logs["val_loss"] = simulated.loss;
    logs["val_accuracy"] = simulated.accuracy;
  }
  return logs;
}

}  // namespace nudge::train
