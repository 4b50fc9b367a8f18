// What a file of weights holds for the layers of a model.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/keras/h5_file.h"

namespace nudge::keras {

// What a file holds for a layer, in Keras's order of weights.
struct GivenLayer {
  std::string name;
  std::vector<Array> values;
  std::vector<std::string> weight_names = {};  // "block/conv/kernel:0"; where the file has such
};

struct GivenLayers {
  std::vector<GivenLayer> layers;
  bool in_order = true;   // of the model they are of; else names alone count
  bool has_names = true;  // given by the model; else Keras's numbered places
};

// Keras 2's layout as a file lists it: a nested model is one layer, trained weights first.
// Throws InputError.
GivenLayers read_listed_layers(const H5Group& root);

// The same with nested models taken apart by the layers that their weights are named after.  Layers of these
// names stay whole.
GivenLayers take_apart(const GivenLayers& listed, const std::vector<std::string>& whole);

// Keras 3's layout, in no order.  Throws InputError.
GivenLayers read_placed_layers(const H5Group& root);

}  // namespace nudge::keras
