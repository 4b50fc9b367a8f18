// What a model's own layers say of the pixels it takes.
#pragma once

#include <optional>
#include <string>

#include "nudge/graph/model.h"

namespace nudge::train {

// The name of the Rescaling or Normalization layer that every input goes through first, in nested and
// quantized models too; empty where there is none.
std::string pixel_scaling_layer(const Model& model);

// One of Keras's architectures, with the preprocess_input() that goes with it in the words of
// data::Preprocess.
struct KnownArchitecture {
  std::string name;           // "MobileNetV2"
  std::string preprocessing;  // "tf"
};

// Recognised by the names and classes that Keras gives its layers, wherever in the model they are.
std::optional<KnownArchitecture> known_architecture(const Model& model);

}  // namespace nudge::train
