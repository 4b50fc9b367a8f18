// Keras's CSVLogger: the history as a table, a row an epoch.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "nudge/train/callback.h"

namespace nudge::train {

struct CSVLoggerOptions {
  char separator = ',';
  bool append = false;  // below what the file holds; else it is written anew
};

// The first column is "epoch", from 0; the others are what the first epoch reports, by name.  What an epoch
// does not report is NA.  The file is whole after every epoch; where it cannot be written, that is warned of
// once, and tried again after the next.
class CSVLogger : public Callback {
 public:
  // Throws ValueError on a separator that numbers may hold.
  explicit CSVLogger(std::string filename, CSVLoggerOptions options = {});
  // Throws OutputError where the file cannot be written.
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state, const Logs& logs) override;
  CallbackState state() const override;
  void restore(const CallbackState& state) override;

 private:
  void add_row(const std::vector<std::string>& cells);

  std::string filename_;
  CSVLoggerOptions options_;
  std::optional<std::string> text_;  // of the file; none before training
  std::vector<std::string> columns_;
  bool warned_ = false;
};

}  // namespace nudge::train
