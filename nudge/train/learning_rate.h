// Schedules: how the learning rate moves during training.
#pragma once

#include <functional>
#include <vector>

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

struct RestartOptions {
  double first = 1;  // epochs of the first period
  double t_mul = 2;  // the next period's length, of this one's
  double m_mul = 1;  // the rate it starts at, of this one's
  double end = 0.0;  // the factor at the end of each
};
// Loshchilov and Hutter 2017 with warm restarts: Keras's CosineDecayRestarts.  Throws ValueError unless first
// > 0, t_mul >= 1, m_mul > 0 and 0 <= end <= 1.
RateSchedule cosine_restarts_rate(RestartOptions options = {});

struct ExponentialOptions {
  double every = 1;      // epochs
  double factor = 0.96;  // each `every`
};
// factor^(done / every), without steps: Keras's ExponentialDecay.  Throws as step_rate().
RateSchedule exponential_rate(ExponentialOptions options = {});

struct PolynomialOptions {
  double end = 0.0;    // the factor at the end
  double power = 1.0;  // 1: a straight line
  double over = 0.0;   // epochs until then; 0: all
  bool cycle = false;  // then again, each time until the next multiple of `over`
};
// end + (1 - end) (1 - done / over)^power: Keras's PolynomialDecay.  Throws ValueError unless 0 <= end <= 1,
// power > 0 and over >= 0.
RateSchedule polynomial_rate(PolynomialOptions options = {});

struct PiecewiseOptions {
  std::vector<double> at;       // epochs, ascending
  std::vector<double> factors;  // before the first of them, up to each next, and after the last
};
// Keras's PiecewiseConstantDecay.  Throws ValueError unless there is one factor more than epochs, each above
// 0.
RateSchedule piecewise_rate(PiecewiseOptions options);

struct OneCycleOptions {
  double rise =
      0.3;  // the share of the epochs in which the rate climbs to its peak, which is the optimizer's
  double start = 0.04;  // the factor at the beginning
  double end = 4e-6;    // at the end
};
// Smith and Topin 2018, along half cosines.  Throws ValueError unless 0 < rise < 1 and both factors are
// within 0 and 1.
RateSchedule one_cycle_rate(OneCycleOptions options = {});

// Climbs linearly from 0 to `schedule` within the first `warmup` epochs.  Throws ValueError when negative.
RateSchedule with_warmup(RateSchedule schedule, double warmup);

// Sets the optimizer's rate before every step, from the rate that it had when training began, and with it
// that of learned ranges. The optimizer must outlive it.
class LearningRateScheduler : public Callback {
 public:
  LearningRateScheduler(Optimizer& optimizer, RateSchedule schedule);
  void on_epoch_begin(TrainingState& state) override;
  void on_batch_end(TrainingState& state, const Logs& logs) override;
  CallbackState state() const override;
  void restore(const CallbackState& state) override;

 private:
  void set_rate(const TrainingState& state, int64_t step);

  Optimizer& optimizer_;
  RateSchedule schedule_;
  double base_rate_;
  int first_epoch_ = -1;
};

}  // namespace nudge::train
