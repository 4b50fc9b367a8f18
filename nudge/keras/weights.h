// The weights of a model in Keras 3's layout: model.weights.h5.
//
// Each layer has a group "layers/CLASS_IN_SNAKE_CASE[_N]", numbered in the order of its model's layers, with
// its weights as "vars/0", "vars/1", ... trainable before non-trainable; a nested model has "layers" again
// (keras/src/saving/saving_lib.py).  A layer met twice is stored where it is met first.
#pragma once

#include "nudge/base/json.h"
#include "nudge/graph/model.h"
#include "nudge/keras/h5_file.h"

namespace nudge::keras {

// Throws ValueError naming the layer whose weights have no values yet.
void write_weights(const Model& model, H5Group root);

// Fills the weights of `model`.  `config` is the model's own configuration, whose layer order names the
// groups. Throws InputError naming the file, layer and weight that is missing or of another shape or type, in
// which case some weights may already be filled.
void read_weights(Model& model, const Json& config, const H5Group& root);

// Gives the layers that stand in for what is not read the weights that the file holds for them.
void note_stored_weights(Model& model, const Json& config, const H5Group& root);

}  // namespace nudge::keras
