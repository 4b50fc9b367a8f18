// What a model takes and gives, by the names that data and losses go by.
#pragma once

#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/tflite/model.h"

namespace nudge::train {

struct ModelEnd {
  std::string name;
  Shape shape;  // batch first
};

// Keras's input_names and output_names: those of the layers, whatever wraps them.  Of a file the names of its
// signature, or its tensors'.  In the model's own order.
std::vector<ModelEnd> inputs_of(const Model& model);
std::vector<ModelEnd> outputs_of(const Model& model);
std::vector<ModelEnd> inputs_of(const tflite::TfLiteModel& file);
std::vector<ModelEnd> outputs_of(const tflite::TfLiteModel& file);

}  // namespace nudge::train
