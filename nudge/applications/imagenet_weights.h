// Where keras.applications publishes the weights that an architecture learnt from ImageNet.
#pragma once

#include <cstdint>
#include <string>

#include "nudge/applications/applications.h"

namespace nudge::applications {

struct PretrainedFile {
  std::string name;  // in the folder "models" of Keras's cache
  std::string url;
  std::string hash;               // as published; empty: Keras publishes none
  bool top = false;               // whether the classifier is in it
  int64_t image_size = 0;         // that the weights were trained at
  bool other_image_size = false;  // than the model's: there are none for its own, as Keras warns
};

// The file for the model that build_application() makes of these options; without its classifier unless it is
// Keras's own.  Throws ValueError where Keras refuses: widths and sizes that nobody trained, other classes
// with the top; and for an architecture that has none.
PretrainedFile imagenet_weights(const std::string& application, const ApplicationOptions& options);

}  // namespace nudge::applications
