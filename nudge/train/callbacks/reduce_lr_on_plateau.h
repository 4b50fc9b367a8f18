// Keras's ReduceLROnPlateau.
#pragma once

#include <optional>
#include <string>

#include "nudge/train/callbacks/monitor.h"

namespace nudge::train {

struct ReduceLROnPlateauOptions {
  std::string monitor = "val_loss";
  double factor = 0.1;        // on the learning rate, each time
  int patience = 10;          // epochs without improvement before it
  std::string mode = "auto";  // "min" or "max"; "auto": see Monitor
  double min_delta = 1e-4;    // what counts as an improvement
  int cooldown = 0;           // epochs after each time that do not count
  double min_lr = 0.0;        // the rate stays above
};

// Of a LearningRateScheduler, which sets the rate of every step, it is overruled.
class ReduceLROnPlateau : public Callback {
 public:
  // Throws ValueError unless 0 < factor < 1, and on a mode that is none.
  explicit ReduceLROnPlateau(ReduceLROnPlateauOptions options);
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state, const Logs& logs) override;
  CallbackState state() const override;
  void restore(const CallbackState& state) override;

 private:
  void reduce(TrainingState& state);

  ReduceLROnPlateauOptions options_;
  Monitor monitor_;
  std::optional<double> best_;
  std::optional<double> rate_;  // that it has set
  int waited_ = 0;
  int cooling_ = 0;
};

}  // namespace nudge::train
