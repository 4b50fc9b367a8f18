// --weights: where a model's weights come from.
#pragma once

#include <string>

#include "nudge/graph/model.h"

namespace nudge::cli {

// Fills the model from a file (keras/weight_file.h) and says in one line which layers it left as they are.
void apply_weights(Model& model, const std::string& file);

}  // namespace nudge::cli
