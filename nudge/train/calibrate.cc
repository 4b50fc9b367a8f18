#include "nudge/train/calibrate.h"

#include <algorithm>

#include "nudge/base/error.h"

namespace nudge::train {

void calibrate(plan::Plan& plan, data::BatchStream& data, int64_t batches) {
  if (plan.ranges() == nullptr)
    throw ValueError("the model is not quantized, so it has no ranges to calibrate");
  for (int64_t i = 0; i < batches; ++i) plan.forward(data.next().inputs, plan::Mode::kCalibration);
}

void calibrate_model(const ModelPtr& quantized, data::BatchStream& data, int64_t batches, uint64_t seed) {
  const auto plan = plan::compile(quantized, {.seed = seed});
  calibrate(*plan, data, std::min(batches, data.steps_per_epoch()));
}

void reestimate_batch_normalization(plan::Plan& plan, data::BatchStream& data, int64_t batches) {
  for (int64_t i = 1; i <= batches; ++i) {
    plan.set_statistics_momentum(1.0 - 1.0 / static_cast<double>(i));
    plan.forward(data.next().inputs, plan::Mode::kStatistics);
  }
}

}  // namespace nudge::train
