// Keras's EarlyStopping, which for QAT can also wait for the ranges.
#pragma once

#include <optional>
#include <string>

#include "nudge/train/callbacks/model_snapshot.h"
#include "nudge/train/callbacks/monitor.h"

namespace nudge::train {

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";
  int patience = 0;                   // stop after so many epochs without improvement (0 is as 1)
  double min_delta = 0.0;             // what counts as an improvement
  std::string mode = "auto";          // "min" or "max"; "auto": see Monitor
  std::optional<double> baseline;     // epochs count as without improvement until it is beaten
  bool restore_best_weights = false;  // when training ends, also when it was not stopped
  int start_from_epoch = 0;           // epochs before it do not count
  bool ranges_settled = false;        // go on, whatever the monitor says, until every range has converged
};

class EarlyStopping : public Callback {
 public:
  // Throws ValueError on a mode that is none.
  explicit EarlyStopping(EarlyStoppingOptions options);
  void on_epoch_end(TrainingState& state, const Logs& logs) override;
  void on_train_end(TrainingState& state, const Logs& logs) override;
  CallbackState state() const override;
  void restore(const CallbackState& state) override;

 private:
  void keep_weights(const TrainingState& state);

  EarlyStoppingOptions options_;
  Monitor monitor_;
  std::optional<double> best_;
  int best_epoch_ = 0;
  int waited_ = 0;
  ModelSnapshot best_weights_;
};

}  // namespace nudge::train
