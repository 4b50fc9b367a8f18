// What is told of an output beside its loss, summed over the batches of an epoch.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/train/loss.h"

namespace nudge::train {

class Metric {
 public:
  virtual ~Metric() = default;
  // Keras's: "accuracy", "mean_absolute_error".
  virtual std::string name() const = 0;
  // The same with nothing seen yet.
  std::unique_ptr<Metric> fresh() const;

  // A batch; targets and predictions are those of the output's loss.  Throws ValueError where they do not
  // fit.
  virtual void update(const Array& targets, const Array& predictions) = 0;
  // Of all batches; 0 of none.
  virtual double result() const = 0;

  // All that it has summed, for a run that goes on.  restore() throws InputError when it is of another.
  const std::vector<double>& sums() const { return sums_; }
  void restore(const std::vector<double>& sums);

 protected:
  explicit Metric(size_t sums) : sums_(sums, 0.0) {}
  virtual std::unique_ptr<Metric> copy() const = 0;
  // Whether it may have summed so many numbers.
  virtual bool takes(size_t sums) const { return sums == sums_.size(); }

  std::vector<double> sums_;
};

// What the predictions of an output are that a loss goes with.
enum class Predicted {
  kProbabilities,  // or numbers
  kLogits,         // of one class of all
  kAnswers,        // logits of each output by itself
};
Predicted predicted_by(const Loss& loss);

// "accuracy", "top_k_categorical_accuracy" (k=5), "precision" and "recall" (threshold=0.5), "f1_score" (the
// mean over classes), "auc" (num_thresholds=200) and, of numbers, "mean_squared_error",
// "root_mean_squared_error" and "mean_absolute_error": Keras's, with options by its names.  Class numbers
// stand for one-hot rows.  Throws ValueError listing the names, or the metric's options.
std::unique_ptr<Metric> metric_from_name(const std::string& name,
                                         Predicted predicted = Predicted::kProbabilities,
                                         const std::map<std::string, double>& options = {});
const std::vector<std::string>& metric_names();

}  // namespace nudge::train
