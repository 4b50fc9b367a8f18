// What may watch training, and stop it.
#pragma once

#include <map>
#include <string>

#include "nudge/quantize/ranges.h"

namespace nudge::train {

using Logs = std::map<std::string, double>;

// Where training stands when a callback is asked.
struct TrainingState {
  int epoch = 0;                             // from 0
  int epochs = 0;                            // the epoch at which fit() ends
  int64_t step = 0;                          // within the epoch
  int64_t steps = 0;                         // of an epoch
  const quantize::Ranges* ranges = nullptr;  // null in float training
  bool stop = false;                         // set it to end training after this epoch
};

class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_epoch_begin(TrainingState&) {}
  virtual void on_batch_end(TrainingState&, const Logs&) {}
  virtual void on_epoch_end(TrainingState&, const Logs&) {}

  // What the callback remembers, as text for restore() in a run that goes on; empty where that is nothing.
  // restore() throws InputError.
  virtual std::string state() const { return ""; }
  virtual void restore(const std::string&) {}
};

struct EarlyStoppingOptions {
  std::string monitor = "val_loss";  // smaller is better of a "loss" or "error", else larger
  int patience = 0;                  // stop after so many epochs without improvement (0 is as 1)
  double min_delta = 0.0;            // what counts as an improvement
  bool ranges_settled = false;       // go on, whatever the monitor says, until every range has converged
};

// Keras's EarlyStopping, which for QAT can also wait for the ranges.
class EarlyStopping : public Callback {
 public:
  explicit EarlyStopping(EarlyStoppingOptions options) : options_(std::move(options)) {}
  void on_epoch_end(TrainingState& state, const Logs& logs) override;
  std::string state() const override;
  void restore(const std::string& state) override;

 private:
  EarlyStoppingOptions options_;
  bool started_ = false;
  double best_ = 0.0;
  int waited_ = 0;
};

}  // namespace nudge::train
