// Metrics of classes, and of questions that are answered yes or no.
#pragma once

#include <cstdint>
#include <memory>

#include "nudge/train/metric.h"

namespace nudge::train {

// The share of rows whose largest score is the label's; of one output whose answer is right.
std::unique_ptr<Metric> accuracy_metric(Predicted predicted);
// The share of rows whose label is among the k largest scores; of equals with the k-th none counts, as in
// Keras. Throws ValueError unless k is at least 1.
std::unique_ptr<Metric> top_k_metric(int64_t k);
// Over all outputs of all rows, a probability above the threshold is a yes.  Throws ValueError unless it is
// within 0 and 1.
std::unique_ptr<Metric> precision_metric(Predicted predicted, double threshold);
std::unique_ptr<Metric> recall_metric(Predicted predicted, double threshold);
// The mean over classes ("macro"); a row is of the class of its largest score, of one output yes above 0.5.
std::unique_ptr<Metric> f1_metric(Predicted predicted);
// The area under the ROC curve over so many thresholds.  Throws ValueError unless there are 2 or more.
std::unique_ptr<Metric> auc_metric(Predicted predicted, int64_t thresholds);

}  // namespace nudge::train
