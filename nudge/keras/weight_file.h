// The weights of a model alone: Keras's save_weights(), and load_weights() into a model that exists already.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/keras/optimizer_state.h"

namespace nudge::keras {

// Writes a file that Keras 3 and load_weights() read, of a model that is compiled with the optimizer's state,
// as Keras does; the file is either what it was or whole.  Throws ValueError unless `path` ends in
// ".weights.h5" and the model is a float one whose weights all have values, OutputError when the path cannot
// be written.
void save_weights(const Model& model, const std::string& path, const OptimizerState* optimizer = nullptr);

// How the layers of a file find those of the model.
enum class MatchLayers {
  kAuto,   // by name or by order, whichever fits: see layer_match.h
  kName,   // layers that the file does not have stay as they are
  kOrder,  // the same number of layers with weights, in the same order, whatever they are called
};

// The head is the last layer with weights.
enum class HeadWeights {
  kMustFit,    // as every other layer
  kMayDiffer,  // it stays as it is where the file's is of other shapes, or only one of both has a head
};

struct LoadWeightsOptions {
  MatchLayers match = MatchLayers::kAuto;
  HeadWeights head = HeadWeights::kMustFit;
};

struct LoadedWeights {
  std::vector<std::string> missing;  // layers of the model that have weights and stay as they are
  std::vector<std::string> unused;   // layers of the file
};

// Takes weight files of Keras 2 (.h5, keras.applications' among them) and Keras 3 (.weights.h5, whose order
// is that of the places in the model), and whole models (.h5, .keras), whose weights alone are read.  Layers
// inside nested models count by their own names.
// Throws InputError naming the file, and the layer that does not fit or why nothing does; the model is then
// as it was.
LoadedWeights load_weights(Model& model, const std::string& path, const LoadWeightsOptions& options = {});

}  // namespace nudge::keras
