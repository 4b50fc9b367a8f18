// A picture of a .tflite file, in the language of Graphviz.
#pragma once

#include <string>

#include "nudge/tflite/model.h"

namespace nudge::tflite {

// A directed graph of the first subgraph: a box an operator, with its options and the shapes of its
// constants; an arrow a value, with its type, shape and scale; ellipses for the model's inputs and outputs.
// `dot -Tsvg` draws it.
std::string to_graphviz(const TfLiteModel& model);

}  // namespace nudge::tflite
