// The weights that keras.applications publishes, in a model: weights="imagenet".
//
// `applications` knows where they are and lies above this folder, which knows how such a file is read.
#pragma once

#include "nudge/applications/imagenet_weights.h"
#include "nudge/download/download.h"
#include "nudge/keras/weight_file.h"

namespace nudge::keras {

// Fills a model of build_application() from the file that applications::imagenet_weights() names for its
// options: from Keras's cache, else downloaded to it.  A head of one's own stays as it is and is listed as
// missing.  Throws what download() and load_weights() throw; the model is then as it was.
LoadedWeights load_imagenet_weights(Model& model, const applications::PretrainedFile& file,
                                    const download::Progress& progress = {});

}  // namespace nudge::keras
