// What training is after: of each output a loss, what it weighs, and the metrics that are told.
#pragma once

#include <concepts>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "nudge/data/batch_stream.h"
#include "nudge/graph/model.h"
#include "nudge/train/callback.h"
#include "nudge/train/loss.h"
#include "nudge/train/metric.h"

namespace nudge::train {

// Of one output.
struct Goal {
  std::shared_ptr<const Loss> loss;  // null: the output is not trained and needs no target
  std::vector<std::shared_ptr<const Metric>> metrics;
  double weight = 1.0;  // of the loss in the sum of all
  std::string name;     // of the output; where there are several it stands before "_loss" and the metrics
};

// Keras's compile(): an output's loss with the metrics given, or by default with accuracy where it
// classifies, else with mean_absolute_error.  Throws ValueError where the loss is null.
Goal goal_of(std::shared_ptr<const Loss> loss);

class Distillation;

struct DistillationOptions {
  double temperature = 3.0;  // divides the logits of both, so that a teacher's lesser answers count too
  double alpha = 0.1;        // what the labels' loss counts; the teacher's counts 1 - alpha
};

class Objective {
 public:
  // Of a model with one output, by default metrics.  Throws ValueError where the loss is null.
  Objective(std::unique_ptr<Loss> loss);        // NOLINT(google-explicit-constructor)
  Objective(std::shared_ptr<const Loss> loss);  // NOLINT(google-explicit-constructor)
  // Of a loss of one's own: std::make_shared<OwnLoss>() is an objective, too.
  template <std::derived_from<Loss> Own>
  Objective(std::shared_ptr<Own> loss)  // NOLINT(google-explicit-constructor)
      : Objective(std::shared_ptr<const Loss>(std::move(loss))) {}
  template <std::derived_from<Loss> Own>
  Objective(std::unique_ptr<Own> loss)  // NOLINT(google-explicit-constructor)
      : Objective(std::shared_ptr<const Loss>(std::move(loss))) {}
  // In the order of the model's outputs.  Throws ValueError when none is trained or a weight is not finite.
  explicit Objective(std::vector<Goal> goals);

  const std::vector<Goal>& goals() const { return goals_; }
  // For goals without a name.
  void name_outputs(const std::vector<std::string>& names);

  // From here on training is after alpha * the losses + (1 - alpha) * DistillationLoss (distillation.h) for
  // the outputs of `teacher`, which stays as it is; evaluation knows the losses alone.  Throws ValueError
  // unless the teacher takes what the student takes and each trained output of both ends in a softmax or
  // logits of as many classes, or on options that are out of range.
  void distil_from(ModelPtr teacher, const Model& student, const DistillationOptions& options = {});

  struct Losses {
    double total = 0;
    std::vector<double> each;            // of each output, not weighed; 0 of those without a loss
    std::optional<double> distillation;  // with a teacher: the sum of its losses, weighed by the goals
  };
  // `gradients` unless null, as in training, receives that of the total for each output.  Throws ValueError
  // naming the output when a target is missing or does not fit.
  Losses losses(const data::Batch& batch, const std::vector<Array>& predictions,
                std::vector<Array>* gradients) const;

 private:
  void add_distillation(const data::Batch& batch, const std::vector<Array>& predictions, Losses& losses,
                        std::vector<Array>& gradients) const;

  std::vector<Goal> goals_;
  std::shared_ptr<Distillation> distillation_;
};

// Losses and metrics over the batches of an epoch, each item counted alike.
class Tally {
 public:
  explicit Tally(const Objective& objective);

  // `total`: with the penalties of regularizers.
  void add(const Objective::Losses& losses, double total, const data::Batch& batch,
           const std::vector<Array>& predictions);
  int64_t items() const { return static_cast<int64_t>(items_); }
  // By Keras's names: "loss" and "accuracy", or of several outputs "OUTPUT_loss" and "OUTPUT_accuracy" too;
  // in training with a teacher "distillation_loss".
  Logs logs() const;

  // What was summed so far, by name; restore() throws InputError when it is of other metrics.
  using Sums = std::map<std::string, std::vector<double>>;
  Sums sums() const;
  void restore(const Sums& sums);

 private:
  struct Output {
    std::string name;
    std::string prefix;  // of what is told: "" or "OUTPUT_"
    bool trained;
    double loss = 0;
    std::vector<std::unique_ptr<Metric>> metrics;
  };
  double items_ = 0, loss_ = 0;
  std::optional<double> distillation_;
  std::vector<Output> outputs_;
};

}  // namespace nudge::train
