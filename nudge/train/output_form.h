// What the numbers are that a classifier ends in, and the loss that goes with them.
#pragma once

#include <memory>
#include <string>

#include "nudge/graph/model.h"
#include "nudge/tflite/model.h"
#include "nudge/train/loss.h"

namespace nudge::train {

struct OutputForm {
  int64_t outputs = 0;
  // What was applied last: "softmax", "sigmoid", "linear", or another function or layer by Keras's name.
  std::string activation = "linear";

  // Linear outputs are logits.
  bool from_logits() const { return activation == "linear"; }
};

// Of a model's only output; layers that merely move values are looked through.  Throws ValueError on a model
// or file with several outputs, which is no classifier.
OutputForm output_form(const Model& model);
OutputForm output_form(const tflite::TfLiteModel& file);

// sparse_categorical_crossentropy, or for one output binary_crossentropy; from logits where the form is.
std::unique_ptr<Loss> loss_for(const OutputForm& form);
std::unique_ptr<Loss> loss_for(const Model& model);

// One line where that loss trains such outputs wrongly, "" where they go together.
std::string loss_mismatch(const OutputForm& form, const Loss& loss);

}  // namespace nudge::train
