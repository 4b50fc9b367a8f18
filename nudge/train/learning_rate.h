// Schedules: how the learning rate moves during training.
#pragma once

#include <functional>

#include "nudge/train/callback.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {

// The factor on the optimizer's own rate once `done` of `epochs` epochs are through; both count from where
// fit() began, and `done` has fractions within an epoch.
using RateSchedule = std::function<double(double done, double epochs)>;

RateSchedule constant_rate();

struct CosineOptions {
  double end = 0.0;  // the factor after the last step
};
// end + (1 - end) (1 + cos(pi done / epochs)) / 2: Loshchilov and Hutter 2017, without restarts.
// Throws ValueError unless 0 <= end <= 1.
RateSchedule cosine_rate(CosineOptions options = {});

struct StepOptions {
  double every = 10;    // epochs
  double factor = 0.1;  // each time
};
// factor^floor(done / every).  Throws ValueError unless every > 0 and factor > 0.
RateSchedule step_rate(StepOptions options = {});

// Climbs linearly from 0 to `schedule` within the first `warmup` epochs.  Throws ValueError when negative.
RateSchedule with_warmup(RateSchedule schedule, double warmup);

// Sets the optimizer's rate before every step, from the rate that it had when training began.
// The optimizer must outlive it.
class LearningRateScheduler : public Callback {
 public:
  LearningRateScheduler(Optimizer& optimizer, RateSchedule schedule);
  void on_epoch_begin(TrainingState& state) override;
  void on_batch_end(TrainingState& state, const Logs& logs) override;
  std::string state() const override;
  void restore(const std::string& state) override;

 private:
  void set_rate(const TrainingState& state, int64_t step);

  Optimizer& optimizer_;
  RateSchedule schedule_;
  double base_rate_;
  int first_epoch_ = -1;
};

}  // namespace nudge::train
