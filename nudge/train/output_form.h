// What the numbers are that a model ends in, and the loss that goes with them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/tflite/model.h"
#include "nudge/train/loss.h"

namespace nudge::train {

struct OutputForm {
  int64_t outputs = 0;
  // What was applied last: "softmax", "sigmoid", "linear", or another function or layer by Keras's name.
  std::string activation = "linear";

  std::string name;  // of the output: see model_ends.h

  // Linear outputs are logits.
  bool from_logits() const { return activation == "linear"; }
};

// Of each output; layers that merely move values are looked through.
std::vector<OutputForm> output_forms(const Model& model);
std::vector<OutputForm> output_forms(const tflite::TfLiteModel& file);
// Of the only one.  Throws ValueError on a model or file with several outputs, which is no classifier.
OutputForm output_form(const Model& model);
OutputForm output_form(const tflite::TfLiteModel& file);

// For class numbers sparse_categorical_crossentropy, or for one output binary_crossentropy; from logits where
// the form is.  For targets that are no class numbers categorical_crossentropy behind a softmax,
// binary_crossentropy behind a sigmoid, else mean_squared_error.
std::unique_ptr<Loss> loss_for(const OutputForm& form, bool class_numbers = true);
std::unique_ptr<Loss> loss_for(const Model& model);

// One line where that loss trains such outputs wrongly, "" where they go together.
std::string loss_mismatch(const OutputForm& form, const Loss& loss);

}  // namespace nudge::train
