// Keras's CSVLogger: the history as a table, a row an epoch.
#pragma once

#include <string>
#include <vector>

#include "nudge/train/callback.h"
#include "nudge/train/callbacks/table_file.h"

namespace nudge::train {

// The first column is "epoch", from 0; the others are what the first epoch reports, by name.  What an epoch
// does not report is NA.  See TableFile for the file.
class CSVLogger : public Callback {
 public:
  explicit CSVLogger(std::string filename, CSVLoggerOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state, const Logs& logs) override;
  CallbackState state() const override;
  void restore(const CallbackState& state) override;

 private:
  TableFile table_;
  std::vector<std::string> columns_;
};

}  // namespace nudge::train
