#include "nudge/train/lagging_averages.h"

#include <fmt/format.h>

#include <algorithm>

#include "nudge/train/calibrate.h"
#include "nudge/train/callbacks/model_snapshot.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

constexpr int64_t kBatches = 8;
// What the averages cost must be worth a word.
constexpr double kLossFalls = 0.8;
constexpr double kAccuracyRises = 0.05;

}  // namespace

std::string advice_on_lagging_averages(Trainer& trainer, data::BatchStream& validation) {
  const int64_t batches = std::min(kBatches, validation.steps_per_epoch());
  const Evaluation now = trainer.evaluate(validation, batches);
  const ModelSnapshot before(trainer.model());
  validation.seek(0, 0);
  reestimate_batch_normalization(trainer.plan(), validation, batches);
  const Evaluation mended = trainer.evaluate(validation, batches);
  before.restore(trainer.model());
  const bool classifies = now.metrics.contains("accuracy");
  if (!(mended.loss < kLossFalls * now.loss)) return "";
  if (classifies && mended.accuracy < now.accuracy + kAccuracyRises) return "";
  const std::string figures =
      classifies ? fmt::format("accuracy is {:.3f} and with their own statistics {:.3f}", now.accuracy,
                               mended.accuracy)
                 : fmt::format("loss is {:.4g} and with their own statistics {:.4g}", now.loss, mended.loss);
  return "validation is low only because batch normalisation's moving averages are behind: on the first " +
         std::to_string(now.count) + " items " + figures +
         "; --reestimate-bn (FitOptions::reestimate_batch_normalization) mends it at the end of training";
}

}  // namespace nudge::train
