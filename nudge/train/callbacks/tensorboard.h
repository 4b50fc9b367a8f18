// Keras's TensorBoard: the course of training as event files, which TensorBoard shows.
#pragma once

#include <memory>
#include <string>

#include "nudge/train/callback.h"

namespace nudge::train {

class EventFile;
class EventMessage;

struct TensorBoardOptions {
  std::string log_dir = "logs";  // "train" and "validation" are made in it
  int histogram_freq = 0;        // epochs from one histogram of all weights to the next; 0: none
  bool write_graph = true;       // the layers of the model
  bool write_steps_per_second = false;
  int64_t update_freq = 0;  // steps from one value of the metrics to the next; 0: after each epoch only
};

// "epoch_loss", "epoch_accuracy", ... of both, "epoch_learning_rate", and with update_freq "batch_loss", ...
// by the step; of a quantized model each range as "ranges/NAME/min", "max", "distance", "updates",
// "saturation" and "settled"; of batch normalisation "batch_norm/LAYER/distance".  A file that cannot be
// written further is warned of once, and training goes on.
class TensorBoard : public Callback {
 public:
  explicit TensorBoard(TensorBoardOptions options = {});
  ~TensorBoard() override;
  // Throws OutputError where the files cannot be written.
  void on_train_begin(TrainingState& state) override;
  void on_epoch_begin(TrainingState& state) override;
  void on_batch_end(TrainingState& state, const Logs& logs) override;
  void on_epoch_end(TrainingState& state, const Logs& logs) override;
  CallbackState state() const override;
  void restore(const CallbackState& state) override;

 private:
  void open(std::unique_ptr<EventFile>& file, const char* part);
  void write(std::unique_ptr<EventFile>& file, const char* part, const EventMessage& event);
  void write_metrics(const TrainingState& state, const Logs& logs);
  void write_histograms(TrainingState& state);

  TensorBoardOptions options_;
  std::unique_ptr<EventFile> train_, validation_;
  std::string from_;  // the state of the run that goes on
  double epoch_began_ = 0.0;
  int64_t epoch_began_at_ = 0;
  bool warned_ = false;
};

}  // namespace nudge::train
