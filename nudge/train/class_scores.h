// From a classifier's output to classes, however many numbers it gives: one output stands for two classes.
#pragma once

#include <vector>

#include "nudge/base/array.h"

namespace nudge::train {

// How many classes so many outputs tell apart.
int64_t class_count(int64_t outputs);

// (N, classes), a score each, from predictions (N, outputs): as they are, or of one output the probabilities
// of class 0 and class 1.
Array class_scores(const Array& predictions, bool from_logits);

// The class of the largest score, a row each; the first of equals, as in Keras.
std::vector<int32_t> argmax_rows(const Array& scores);

// The class that each item's label says: int32 (N), or of rows the largest, of one number what it rounds to.
std::vector<int32_t> classes_of(const Array& labels);

// The share of rows whose largest score is the label's: int32 (N), or rows as a crossentropy takes them.
double accuracy(const Array& labels, const Array& scores);

}  // namespace nudge::train
