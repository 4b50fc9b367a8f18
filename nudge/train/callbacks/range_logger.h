// What becomes of each quantizer's range, as a table: a row an epoch and quantizer.
#pragma once

#include <string>

#include "nudge/train/callback.h"
#include "nudge/train/callbacks/table_file.h"

namespace nudge::train {

// The columns are epoch, quantizer, min, max, distance, updates, saturation (NA where it is not measured) and
// settled; ranges of weights, which follow them, are left out.  Float training leaves the head alone.
class RangeLogger : public Callback {
 public:
  explicit RangeLogger(std::string filename, CSVLoggerOptions options = {});
  void on_train_begin(TrainingState& state) override;
  void on_epoch_end(TrainingState& state, const Logs& logs) override;
  CallbackState state() const override { return {.text = "table:" + table_.text()}; }
  void restore(const CallbackState& state) override;

 private:
  TableFile table_;
};

}  // namespace nudge::train
