// Keras's TerminateOnNaN: a loss that is not finite ends training and is no error.
#pragma once

#include "nudge/train/callback.h"

namespace nudge::train {

// The weights are those before that step, the epoch's "loss" is not a number.
class TerminateOnNaN : public Callback {
 public:
  bool on_not_finite(TrainingState& state) override;
};

}  // namespace nudge::train
