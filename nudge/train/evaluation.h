// Accuracy and loss over a data set, whatever makes the predictions.
#pragma once

#include <functional>
#include <vector>

#include "nudge/data/loader.h"
#include "nudge/train/loss.h"

namespace nudge::train {

struct Evaluation {
  double loss = 0.0;
  double accuracy = 0.0;
  double penalty = 0.0;  // what regularizers have of the loss
  int64_t count = 0;
  Array predictions;  // float32 (count, classes), in the loader's order: the scores of class_scores.h
  std::vector<int32_t> labels;
  std::vector<int64_t> items;  // of the loader's source
};

// Takes float32 images (N, height, width, channels), gives float32 scores (N, outputs).
using Scoring = std::function<Array(const Array&)>;

// One pass of the loader from its start, or its first `steps` batches.
Evaluation evaluate(const Scoring& predict, data::Loader& data, const Loss& loss, int64_t steps = 0);

// The share of rows of two evaluations of the same data whose predicted classes differ.
double disagreement(const Evaluation& a, const Evaluation& b);

}  // namespace nudge::train
