#include "nudge/train/callbacks/early_stopping.h"

#include <nlohmann/json.hpp>

#include "nudge/base/json_member.h"
#include "nudge/train/callbacks/state_member.h"
#include "nudge/train/trainer.h"

namespace nudge::train {

EarlyStopping::EarlyStopping(EarlyStoppingOptions options)
    : options_(std::move(options)),
      monitor_("early stopping", options_.monitor, options_.mode, options_.min_delta) {}

CallbackState EarlyStopping::state() const {
  return {
      .text = dump_json({{"best", optional_json(best_)}, {"best_epoch", best_epoch_}, {"waited", waited_}}),
      .arrays = best_weights_.arrays()};
}

void EarlyStopping::restore(const CallbackState& state) {
  const std::string where = "early stopping's state";
  const Json json = parse_json(state.text, where);
  best_ = optional_member(json, "best", where + ": ");
  best_epoch_ = static_cast<int>(integer_member(json, "best_epoch", where + ": ", 0));
  waited_ = static_cast<int>(integer_member(json, "waited", where + ": ", 0));
  best_weights_ = ModelSnapshot(state.arrays);
}

void EarlyStopping::keep_weights(const TrainingState& state) {
  best_epoch_ = state.epoch;
  if (options_.restore_best_weights) best_weights_ = ModelSnapshot(state.trainer->model());
}

void EarlyStopping::on_epoch_end(TrainingState& state, const Logs& logs) {
  const std::optional<double> value = monitor_.value(logs);
  if (!value || state.epoch < options_.start_from_epoch) return;
  if (options_.restore_best_weights && best_weights_.empty()) keep_weights(state);
  ++waited_;
  if (monitor_.improves(*value, best_)) {
    best_ = value;
    keep_weights(state);
    if (!options_.baseline || monitor_.improves(*value, options_.baseline)) waited_ = 0;
    return;
  }
  if (waited_ < options_.patience || state.epoch == 0) return;
  if (options_.ranges_settled && state.ranges != nullptr) {
    const auto convergence = state.ranges->convergence();
    if (convergence.converged < convergence.total) return;
  }
  state.stop = true;
}

void EarlyStopping::on_train_end(TrainingState& state, const Logs&) {
  if (best_weights_.empty()) return;
  best_weights_.restore(state.trainer->model());
  state.weights_replaced = true;
  state.notes.push_back("the weights are those of epoch " + std::to_string(best_epoch_ + 1) +
                        ", the best by " + monitor_.name());
}

}  // namespace nudge::train
