// A trainer of one weight, for what callbacks do with it.
#pragma once

#include "nudge/layers/layers.h"
#include "nudge/train/trainer.h"

namespace nudge::train {

inline Trainer one_weight_trainer(double rate = 0.5) {
  const Tensor in = nudge::input({1});
  return {make_model(in, layers::dense(in, {.units = 1, .use_bias = false, .name = "only"})),
          sgd({.learning_rate = rate}), mean_squared_error()};
}

inline float& only_weight(Trainer& trainer) {
  return *trainer.model().layer("only").weight("kernel").value.data<float>();
}

}  // namespace nudge::train
