#include "nudge/train/callbacks/reduce_lr_on_plateau.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"
#include "nudge/train/callbacks/state_member.h"
#include "nudge/train/trainer.h"

namespace nudge::train {

ReduceLROnPlateau::ReduceLROnPlateau(ReduceLROnPlateauOptions options)
    : options_(std::move(options)),
      monitor_("the reduction of the learning rate", options_.monitor, options_.mode, options_.min_delta) {
  if (!(options_.factor > 0.0 && options_.factor < 1.0)) {
    throw ValueError(fmt::format("factor is {}, it must be between 0 and 1", options_.factor));
  }
}

CallbackState ReduceLROnPlateau::state() const {
  return {.text = dump_json({{"best", optional_json(best_)},
                             {"rate", optional_json(rate_)},
                             {"waited", waited_},
                             {"cooling", cooling_}})};
}

void ReduceLROnPlateau::restore(const CallbackState& state) {
  const std::string where = "the state of the reduction of the learning rate";
  const Json json = parse_json(state.text, where);
  best_ = optional_member(json, "best", where + ": ");
  rate_ = optional_member(json, "rate", where + ": ");
  waited_ = static_cast<int>(integer_member(json, "waited", where + ": ", 0));
  cooling_ = static_cast<int>(integer_member(json, "cooling", where + ": ", 0));
}

void ReduceLROnPlateau::on_train_begin(TrainingState& state) {
  if (rate_) state.trainer->optimizer().set_learning_rate(*rate_);
}

void ReduceLROnPlateau::reduce(TrainingState& state) {
  Optimizer& optimizer = state.trainer->optimizer();
  const double before = optimizer.learning_rate();
  if (before <= options_.min_lr) return;
  rate_ = std::max(before * options_.factor, options_.min_lr);
  optimizer.set_learning_rate(*rate_);
  cooling_ = options_.cooldown;
  waited_ = 0;
  state.notes.push_back(fmt::format("the learning rate falls from {:.4g} to {:.4g}: {} has not improved",
                                    before, *rate_, monitor_.name()));
}

void ReduceLROnPlateau::on_epoch_end(TrainingState& state, const Logs& logs) {
  const std::optional<double> value = monitor_.value(logs);
  if (!value) return;
  if (cooling_ > 0) {
    --cooling_;
    waited_ = 0;
  }
  if (monitor_.improves(*value, best_)) {
    best_ = value;
    waited_ = 0;
  } else if (cooling_ == 0 && ++waited_ >= options_.patience) {
    reduce(state);
  }
}

}  // namespace nudge::train
