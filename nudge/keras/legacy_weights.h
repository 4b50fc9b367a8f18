// The weights of a model in the layout of Keras 2's HDF5 files: a whole model's "model_weights" group, or a
// file of weights alone.
//
// The attribute "layer_names" lists the layers of the model in order; each has a group with the attribute
// "weight_names", which lists the paths of its arrays: trainable before non-trainable.  A nested model is one
// layer here, its weights in one list.
#pragma once

#include <string>
#include <vector>

#include "nudge/base/json.h"
#include "nudge/graph/model.h"
#include "nudge/keras/h5_file.h"

namespace nudge::keras {

// What a file holds for one layer.
struct StoredLayer {
  std::string name;
  std::vector<std::string> weight_names;  // "conv2d/kernel:0"
  H5Group group;

  Array read(size_t index) const;
};

// The layers that have weights, in the file's order.  Throws InputError when this is not such a group.
std::vector<StoredLayer> stored_layers(const H5Group& root);

// The weights of a layer in the order of "weight_names".  `config` is its own configuration, whose layer
// order is the file's where the layer is a model; null: the model's own order.
std::vector<Weight*> legacy_order(Layer& layer, const Json* config = nullptr);

// Fills every layer of `model` from the group of its name.  `config` is the model's own configuration. Throws
// InputError, also when the file has no weights for a layer that needs some.
void read_legacy_weights(Model& model, const Json& config, const H5Group& root);

// The weights of every layer, so that Keras and read_legacy_weights() find them.  Throws ValueError naming a
// weight that has no value.
void write_legacy_weights(const Model& model, H5Group root);

// Gives the layers that stand in for what is not read the weights whose paths name them.
void note_legacy_weights(Model& model, const H5Group& root);

}  // namespace nudge::keras
