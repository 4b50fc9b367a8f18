// Keras's ModelCheckpoint: the model as a file after every epoch, or whenever it is the best so far.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "nudge/train/callbacks/monitor.h"

namespace nudge::train {

struct ModelCheckpointOptions {
  // Ends in ".keras", or of a float model in ".h5"; weights alone in ".weights.h5".  May hold {epoch}, from
  // 1, {batch} and metrics, formatted as Python does: "{epoch:02d}-{val_loss:.2f}.keras".
  std::string filepath;
  std::string monitor = "val_loss";
  bool save_best_only = false;                    // the best file stays until there is a better one
  bool save_weights_only = false;                 // of a float model: see keras::save_weights()
  std::string mode = "auto";                      // "min" or "max"; "auto": see Monitor
  int64_t save_freq = 0;                          // so many steps from one to the next; 0: after each epoch
  std::optional<double> initial_value_threshold;  // the best before training
  // Writes the file of a model; empty: keras::save_model() with the optimizer's state.
  std::function<void(const std::string& path, const TrainingState& state)> save;
};

// A file that cannot be written is warned of.
class ModelCheckpoint : public Callback {
 public:
  // Throws ValueError on another kind of file or a mode that is none.
  explicit ModelCheckpoint(ModelCheckpointOptions options);
  // Throws ValueError where such a file cannot hold the model, OutputError where its folder cannot be made.
  void on_train_begin(TrainingState& state) override;
  void on_batch_end(TrainingState& state, const Logs& logs) override;
  void on_epoch_end(TrainingState& state, const Logs& logs) override;
  CallbackState state() const override;
  void restore(const CallbackState& state) override;

 private:
  void consider(TrainingState& state, const Logs& logs);
  // Throws ValueError naming what the path asks for and training does not report.
  std::string path(const TrainingState& state, const Logs& logs) const;

  ModelCheckpointOptions options_;
  Monitor monitor_;
  std::optional<double> best_;
  int64_t steps_ = 0;  // since the last file
};

}  // namespace nudge::train
