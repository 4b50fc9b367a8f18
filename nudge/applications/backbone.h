// What the architectures share: checked options, the input, and what follows the last feature map.
#pragma once

#include "nudge/applications/applications.h"

namespace nudge::applications {

// What only some architectures have.
struct OwnOptions {
  bool alpha = true;
  bool depth_multiplier = false;
  bool dropout = false;
  bool pooling = true;  // in front of the classifier of Head::kDense
};

// Throws ValueError, naming the application, unless alpha, pooling, classes and the rest are in range, and
// when an option that this model would ignore is not at its default.
void check_options(const std::string& name, const ApplicationOptions& options, const OwnOptions& own);

// The model's input, called "input_1" as in tf_keras.  Throws ValueError when the shape is not
// (height, width, channels) or smaller than `minimum` pixels.
Tensor image_input(const std::string& name, const ApplicationOptions& options, int64_t default_size,
                   int64_t minimum);

// Whether the architecture's own classifier follows.
bool has_top(const ApplicationOptions& options);

// Without a top: the pooling that the options ask for, and with Head::kDense the classifier.
Tensor without_top(const Tensor& features, const ApplicationOptions& options);

}  // namespace nudge::applications
