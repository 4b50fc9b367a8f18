#include "nudge/train/callback.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/json_member.h"

namespace nudge::train {

std::string EarlyStopping::state() const {
  return dump_json({{"started", started_}, {"best", best_}, {"waited", waited_}});
}

void EarlyStopping::restore(const std::string& state) {
  const std::string where = "early stopping's state";
  const Json json = parse_json(state, where);
  started_ = flag_member(json, "started", where + ": ", false);
  best_ = number_member(json, "best", where + ": ", 0.0);
  waited_ = static_cast<int>(integer_member(json, "waited", where + ": ", 0));
}

void EarlyStopping::on_epoch_end(TrainingState& state, const Logs& logs) {
  const auto found = logs.find(options_.monitor);
  // QAT may measure the integers in some epochs only.
  if (found == logs.end() && logs.contains("val_simulated_loss") && options_.monitor.starts_with("val_") &&
      logs.contains("val_simulated_" + options_.monitor.substr(4))) {
    return;
  }
  if (found == logs.end()) {
    throw ValueError("early stopping monitors '" + options_.monitor +
                     "', which this training does not report");
  }
  const bool smaller = options_.monitor.ends_with("loss") || options_.monitor.ends_with("error");
  const double sign = smaller ? -1.0 : 1.0;
  const double value = sign * found->second;
  if (!started_ || value > best_ + options_.min_delta) {
    started_ = true;
    best_ = value;
    waited_ = 0;
    return;
  }
  if (++waited_ < options_.patience) return;
  if (options_.ranges_settled && state.ranges != nullptr) {
    const auto convergence = state.ranges->convergence();
    if (convergence.converged < convergence.total) return;
  }
  state.stop = true;
}

}  // namespace nudge::train
