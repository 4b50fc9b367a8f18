// Training progress for the person at the terminal.
#pragma once

#include <chrono>
#include <cstdio>

#include "nudge/train/callback.h"

namespace nudge::cli {

// A Keras-style bar that redraws itself on a terminal; elsewhere one plain line an epoch.
class ProgressBar : public train::Callback {
 public:
  // Null: nothing is shown.
  explicit ProgressBar(std::FILE* out);
  void on_epoch_begin(train::TrainingState& state) override;
  void on_batch_end(train::TrainingState& state, const train::Logs& logs) override;
  void on_epoch_end(train::TrainingState& state, const train::Logs& logs) override;
  void on_train_end(train::TrainingState& state, const train::Logs& logs) override;

 private:
  double seconds() const;
  void show_notes(train::TrainingState& state) const;

  std::FILE* out_;
  bool terminal_;
  std::chrono::steady_clock::time_point start_;
  std::chrono::steady_clock::time_point drawn_;
  double steps_seconds_ = 0;  // of the epoch, up to its last step: without validation
  int64_t first_step_ = 0;    // of the epoch, of a run that goes on
};

}  // namespace nudge::cli
