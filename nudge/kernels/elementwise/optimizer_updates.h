// The updates of Keras's optimizers, weight by weight: memory passes, read whole before they write.
#pragma once

#include <cstdint>

namespace nudge::kernels {

// n weights with their gradients.  All below run on the pool of threads.
struct Update {
  int64_t n;
  float* weights;
  const float* gradients;
};

// v <- momentum v - rate g;  w <- w + v, or with nesterov w + momentum v - rate g; without velocity
// w <- w - rate g.
struct SgdUpdate {
  float rate;
  float momentum = 0.0f;
  bool nesterov = false;
  float* velocity = nullptr;
};
void update(const Update& of, const SgdUpdate& by);

// v <- rho v + (1 - rho) g^2;  step = rate g / sqrt(v + epsilon), with a mean of gradients less its square
// under the root;  with momentum m <- momentum m + step is the step;  w <- w - step.
struct RmspropUpdate {
  float rate, rho, epsilon;
  float momentum = 0.0f;
  float* velocity;
  float* mean = nullptr;   // null: not centered
  float* moved = nullptr;  // null: no momentum
};
void update(const Update& of, const RmspropUpdate& by);

// m <- m + (g - m) by_gradient;  v <- v + (g^2 - v) by_square;  w <- w - rate m / (sqrt(v) + epsilon).
struct AdamUpdate {
  float rate, by_gradient, by_square, epsilon;
  float* momentum;
  float* velocity;
};
void update(const Update& of, const AdamUpdate& by);

}  // namespace nudge::kernels
