// What may watch training, change it, and stop it.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/quantize/ranges.h"
#include "nudge/train/figures.h"

namespace nudge::train {

class Trainer;
struct History;

using Logs = std::map<std::string, double>;

// Where training stands when a callback is asked.
struct TrainingState {
  int epoch = 0;                             // from 0
  int epochs = 0;                            // the epoch at which fit() ends
  int64_t step = 0;                          // within the epoch
  int64_t steps = 0;                         // of an epoch
  Trainer* trainer = nullptr;                // the way to the model, the optimizer's rate and the plan
  const quantize::Ranges* ranges = nullptr;  // null in float training
  const History* history = nullptr;          // of the whole epochs; in on_epoch_end() with the one that ends
  bool stop = false;                         // set it to end training: the epoch ends after this step
  bool weights_replaced = false;             // set it where the model was given other weights
  // When an epoch ends: of the ranges of activations, and of the layers that train moving averages.
  std::vector<RangeFigure> range_figures;
  std::vector<AveragesFigure> averages_figures;
  // What callbacks have done, a line each; who shows training empties it.
  std::vector<std::string> notes;
};

// What a callback remembers.
struct CallbackState {
  std::string text;
  std::map<std::string, Array> arrays;

  bool empty() const { return text.empty() && arrays.empty(); }
};

class Callback {
 public:
  virtual ~Callback() = default;
  virtual void on_train_begin(TrainingState&) {}
  // Of a run that goes on in the middle of an epoch, of the rest of it.
  virtual void on_epoch_begin(TrainingState&) {}
  virtual void on_batch_begin(TrainingState&) {}
  // The logs are those of the epoch so far.
  virtual void on_batch_end(TrainingState&, const Logs&) {}
  virtual void on_epoch_end(TrainingState&, const Logs&) {}
  // The logs are those of the last epoch.  Not called where FitOptions::after_step ended the run.
  virtual void on_train_end(TrainingState&, const Logs&) {}

  // The step's loss is not finite; the weights have not moved by it.  True ends training there, as `stop`
  // does; where no callback says so, fit() throws NumericError.
  virtual bool on_not_finite(TrainingState&) { return false; }

  // For restore() in a run that goes on, which comes before on_train_begin(); empty where that is nothing.
  // restore() throws InputError.
  virtual CallbackState state() const { return {}; }
  virtual void restore(const CallbackState&) {}
};

}  // namespace nudge::train
