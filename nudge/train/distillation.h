// Distillation: training towards the outputs of another model, beside the labels.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "nudge/plan/plan.h"
#include "nudge/train/objective.h"

namespace nudge::train {

// T^2 KL(softmax(t / T) || softmax(s / T)), the mean over the rows: Hinton et al. 2015, as in Keras's example
// of knowledge distillation, but for its cut of shares below 1e-7.  Of probabilities the logits are their
// logarithms.
class DistillationLoss : public Loss {
 public:
  // Throws ValueError unless the temperature is above 0 and finite.
  DistillationLoss(double temperature, bool teacher_logits, bool student_logits);

  std::string name() const override { return "distillation"; }
  bool from_logits() const override { return student_logits_; }

 protected:
  Targets::Form form() const override { return Targets::Form::kNumbers; }
  double row(std::span<const double> teacher, std::span<double> student,
             std::span<double> gradient) const override;

 private:
  double temperature_;
  bool teacher_logits_, student_logits_;
};

// A teacher with the loss of each output that is trained.
class Distillation {
 public:
  // See Objective::distil_from().
  Distillation(ModelPtr teacher, const Model& student, const std::vector<Goal>& goals,
               const DistillationOptions& options);

  const DistillationOptions& options() const { return options_; }
  // The teacher's outputs for a batch, in inference.
  std::vector<Array> outputs(const data::Batch& batch) {
    return plan_->forward(batch.inputs, plan::Mode::kInference);
  }
  // Null of an output that is not trained.
  const Loss* loss(size_t output) const { return losses_[output] ? &*losses_[output] : nullptr; }

 private:
  DistillationOptions options_;
  std::unique_ptr<plan::Plan> plan_;
  std::vector<std::optional<DistillationLoss>> losses_;
};

}  // namespace nudge::train
