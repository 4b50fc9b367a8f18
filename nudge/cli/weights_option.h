// --weights: where a model's weights come from.
#pragma once

#include <string>

#include "nudge/applications/imagenet_weights.h"
#include "nudge/graph/model.h"

namespace nudge::cli {

// The word that stands for what Keras publishes; a file of that name is "./imagenet".
inline constexpr const char* kImagenet = "imagenet";

// Fills the model from a file (keras/weight_file.h), or an application from what Keras publishes for it
// (keras/imagenet.h).  Both say in one line which layers they left as they are; a download shows how far it
// is.
void apply_weights(Model& model, const std::string& file);
void apply_imagenet_weights(Model& model, const applications::PretrainedFile& file);

}  // namespace nudge::cli
