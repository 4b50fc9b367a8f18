#include "nudge/train/callbacks/terminate_on_nan.h"

namespace nudge::train {

bool TerminateOnNaN::on_not_finite(TrainingState& state) {
  state.notes.push_back("epoch " + std::to_string(state.epoch + 1) + ", step " +
                        std::to_string(state.step + 1) +
                        ": the loss is not finite; training ends with the weights before this step");
  return true;
}

}  // namespace nudge::train
