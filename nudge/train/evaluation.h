// Losses and metrics over a data set, whatever makes the predictions.
#pragma once

#include <functional>
#include <vector>

#include "nudge/data/batch_stream.h"
#include "nudge/train/objective.h"

namespace nudge::train {

struct Evaluation {
  Logs metrics;  // all that the objective tells, by Keras's names: see Tally
  double loss = 0.0;
  // Of the first output that is told an accuracy of; 0 where none is.
  double accuracy = 0.0;
  double penalty = 0.0;  // what regularizers have of the loss
  int64_t count = 0;
  std::vector<int64_t> items;  // in the order of the data
  // Where the only output says classes and its targets are class numbers, in that order: float32 (count,
  // classes), the scores of class_scores.h, and the class of each.
  Array predictions;
  std::vector<int32_t> labels;
};

// Takes a model's inputs, float32, batch first; gives its outputs.
using Scoring = std::function<std::vector<Array>(const std::vector<Array>&)>;

// One pass of the data from their start, or their first `steps` batches.
Evaluation evaluate(const Scoring& predict, data::BatchStream& data, const Objective& objective,
                    int64_t steps = 0);

// The share of rows of two evaluations of the same data whose predicted classes differ.
double disagreement(const Evaluation& a, const Evaluation& b);

}  // namespace nudge::train
