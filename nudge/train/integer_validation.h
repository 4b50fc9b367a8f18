// The validation of quantization-aware training by what a device will give: the integers of the exported
// file.
#pragma once

#include <limits>

#include "nudge/data/batch_stream.h"
#include "nudge/graph/model.h"
#include "nudge/train/callback.h"
#include "nudge/train/evaluation.h"
#include "nudge/train/history.h"

namespace nudge::train {

struct IntegerValidationOptions {
  int every = 1;      // epochs from one to the next, the last of all among them; 0: never
  bool best = false;  // only where the simulation's accuracy, or loss, is the best so far, and after the last
};

class IntegerValidation {
 public:
  // `before`: the epochs that went before, of a run that goes on.
  explicit IntegerValidation(IntegerValidationOptions options, const History& before = {});

  // What an epoch reports of its validation, given the simulation's, of the first `steps` batches (0: all):
  // that as "val_simulated_loss", "val_simulated_accuracy" and so on, and where the integers are due theirs
  // as "val_loss", "val_accuracy".  A model that no file can hold is warned of once; then the simulation's
  // stand in their place.
  Logs logs(const ModelPtr& quantized, const Evaluation& simulated, data::BatchStream& data,
            const Objective& objective, int64_t steps, int epoch, bool last);

 private:
  bool due(const Evaluation& simulated, int epoch, bool last);

  IntegerValidationOptions options_;
  double best_ = -std::numeric_limits<double>::infinity();
  bool possible_ = true;
};

}  // namespace nudge::train
