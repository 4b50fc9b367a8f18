#include "nudge/train/learning_rate.h"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <numbers>

#include "nudge/base/error.h"
#include "nudge/train/trainer.h"

namespace nudge::train {

RateSchedule constant_rate() {
  return [](double, double) { return 1.0; };
}

RateSchedule cosine_rate(CosineOptions options) {
  if (!(options.end >= 0.0 && options.end <= 1.0)) {
    throw ValueError("end is " + std::to_string(options.end) + ", it must be within 0 and 1");
  }
  return [end = options.end](double done, double epochs) {
    const double part = std::clamp(done / epochs, 0.0, 1.0);
    return end + (1.0 - end) * 0.5 * (1.0 + std::cos(std::numbers::pi * part));
  };
}

RateSchedule step_rate(StepOptions options) {
  if (!(options.every > 0.0))
    throw ValueError("every is " + std::to_string(options.every) + ", it must be above 0");
  if (!(options.factor > 0.0)) {
    throw ValueError("factor is " + std::to_string(options.factor) + ", it must be above 0");
  }
  return
      [options](double done, double) { return std::pow(options.factor, std::floor(done / options.every)); };
}

RateSchedule with_warmup(RateSchedule schedule, double warmup) {
  if (!(warmup >= 0.0)) throw ValueError("warmup is " + std::to_string(warmup) + ", it must not be negative");
  return [schedule = std::move(schedule), warmup](double done, double epochs) {
    const double climb = done < warmup ? done / warmup : 1.0;
    return climb * schedule(done, epochs);
  };
}

LearningRateScheduler::LearningRateScheduler(Optimizer& optimizer, RateSchedule schedule)
    : optimizer_(optimizer), schedule_(std::move(schedule)), base_rate_(optimizer.learning_rate()) {}

void LearningRateScheduler::set_rate(const TrainingState& state, int64_t step) {
  // The middle of the step: a warm-up has no step at rate 0.
  const double within =
      (static_cast<double>(step) + 0.5) / static_cast<double>(std::max<int64_t>(state.steps, 1));
  const double done = state.epoch - first_epoch_ + within;
  const double factor = schedule_(done, state.epochs - first_epoch_);
  optimizer_.set_learning_rate(base_rate_ * factor);
  if (state.trainer != nullptr) state.trainer->set_range_rate_factor(factor);
}

void LearningRateScheduler::on_epoch_begin(TrainingState& state) {
  if (first_epoch_ < 0) first_epoch_ = state.epoch;
  set_rate(state, state.step);
}

void LearningRateScheduler::on_batch_end(TrainingState& state, const Logs&) {
  set_rate(state, state.step + 1);
}

CallbackState LearningRateScheduler::state() const { return {.text = std::to_string(first_epoch_)}; }

void LearningRateScheduler::restore(const CallbackState& state) {
  const std::string& text = state.text;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), first_epoch_);
  if (error != std::errc() || end != text.data() + text.size()) {
    throw InputError("the first epoch of the learning rate's schedule is not readable");
  }
}

}  // namespace nudge::train
