#include "nudge/train/calibrate.h"

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/quantize/ranges.h"

namespace nudge::train {
namespace {

// Of data or weights so large that what is computed from them is not finite.
void check_finite(const quantize::Ranges& ranges) {
  for (const auto& range : ranges.all()) {
    const auto min = range->min(), max = range->max();
    const auto finite = [](float value) { return std::isfinite(value); };
    if (std::all_of(min.begin(), min.end(), finite) && std::all_of(max.begin(), max.end(), finite)) continue;
    throw NumericError("quantizer '" + range->name() +
                       "': its range is not finite after calibration; check the weights and the data");
  }
}

}  // namespace

void calibrate(plan::Plan& plan, data::BatchStream& data, int64_t batches) {
  if (plan.ranges() == nullptr)
    throw ValueError("the model is not quantized, so it has no ranges to calibrate");
  for (int64_t i = 0; i < batches; ++i) plan.forward(data.next().inputs, plan::Mode::kCalibration);
  check_finite(*plan.ranges());
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
