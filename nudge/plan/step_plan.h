// The plan that compile() returns: a lowered program with a step for each of its operations.
#pragma once

#include "nudge/plan/lifetimes.h"
#include "nudge/plan/lowering.h"
#include "nudge/plan/step.h"

namespace nudge::plan {

class StepPlan : public Plan {
 public:
  StepPlan(ModelPtr model, Lowered lowered, std::vector<StepPtr> steps, const PlanOptions& options);

  std::vector<Array> forward(const std::vector<Array>& inputs, Mode mode) override;
  void backward(const std::vector<Array>& output_gradients) override;
  double activity_penalty() const override { return activity_penalty_; }
  std::vector<Parameter>& parameters() override { return lowered_.parameters; }
  quantize::Ranges* ranges() override { return lowered_.ranges.get(); }
  void set_statistics_momentum(double momentum) override;
  void freeze_statistics(bool frozen) override { context_.frozen_statistics = frozen; }
  void set_training_steps(int64_t steps) override { context_.training_steps = steps; }
  void keep_layer_outputs(bool keep) override { keep_ = keep; }
  Array layer_output(const std::string& layer) const override;
  std::vector<StepDescription> describe() const override;
  void reset_timings() override;

 private:
  void release(const std::vector<ValueId>& ids);
  int64_t checked_batch(const std::vector<Array>& inputs) const;
  void give_output_gradients(const std::vector<Array>& output_gradients);
  void add_up_penalties();
  void give_penalty_gradients();
  Array copy_of(ValueId id) const;

  ModelPtr model_;
  // Reading a value may make floats of its codes, which is no change that anybody sees.
  mutable Lowered lowered_;
  std::vector<StepPtr> steps_;
  Lifetimes lifetimes_;
  bool keep_;
  StepContext context_;
  std::vector<Array> inputs_;  // kept alive for backward
  double statistics_momentum_ = 0.99;
  double activity_penalty_ = 0.0;
  bool can_go_back_ = false;
  bool trained_ = false;
};

}  // namespace nudge::plan
