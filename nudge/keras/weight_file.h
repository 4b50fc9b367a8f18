// Weights from a file into a model that exists already: Keras's load_weights().
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"

namespace nudge::keras {

// How the layers of a file find those of the model.
enum class MatchLayers {
  kAuto,   // by name where any name is the same, else by order
  kName,   // layers that the file does not have stay as they are
  kOrder,  // the same number of layers with weights, in the same order, whatever they are called
};

struct LoadWeightsOptions {
  MatchLayers match = MatchLayers::kAuto;
};

// What a match by name did not fill, and what of the file was not used; both empty by order.
struct LoadedWeights {
  std::vector<std::string> missing;  // layers of the model that have weights
  std::vector<std::string> unused;   // layers of the file
};

// Takes weight files of Keras 2 (.h5, keras.applications' among them) and Keras 3 (.weights.h5), and whole
// models
// (.h5, .keras), whose weights alone are read.  Layers inside nested models count by their own names.
// Throws InputError naming the file, and the layer and weight that do not fit, in which case some weights may
// already be filled; also when the file has no layer of the model's by name.
LoadedWeights load_weights(Model& model, const std::string& path, const LoadWeightsOptions& options = {});

}  // namespace nudge::keras
