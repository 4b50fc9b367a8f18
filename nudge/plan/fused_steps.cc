#include "nudge/plan/fused_steps.h"

#include "nudge/plan/activation_step.h"
#include "nudge/plan/add_step.h"
#include "nudge/plan/block_run.h"
#include "nudge/plan/block_step.h"
#include "nudge/plan/cost.h"
#include "nudge/plan/fake_quant_step.h"
#include "nudge/plan/plain_steps.h"
#include "nudge/plan/pool_step.h"
#include "nudge/plan/uses.h"

namespace nudge::plan {
namespace {

class Fusion {
 public:
  explicit Fusion(const Program& program)
      : program_(program), uses_(program), taken_(program.operations.size(), false), steps_(taken_.size()) {}

  std::vector<StepPtr> run() {
    for (const BlockRun& run : find_block_runs(program_, uses_)) take_block(run);
    for (size_t i = 0; i < taken_.size(); ++i) {
      if (!taken_[i]) take_operation(i);
    }
    std::vector<StepPtr> steps;
    for (StepPtr& step : steps_) {
      if (step != nullptr) steps.push_back(std::move(step));
    }
    return steps;
  }

 private:
  // A step stands where the last of its operations stood: everything that it reads is made before.
  void place(size_t at, StepPtr step, const Operation& main) {
    step->description().flops = flops_of(main, program_.values);
    steps_[at] = std::move(step);
  }

  void take_block(const BlockRun& run) {
    for (const int part : {run.padding, run.product, run.batch_norm, run.activation, run.output_quantizer}) {
      if (part >= 0) taken_[static_cast<size_t>(part)] = true;
    }
    // A shared layer's quantized weight has several readers; all of them are blocks or none is.
    if (run.weight_quantizer >= 0) taken_[static_cast<size_t>(run.weight_quantizer)] = true;
    place(static_cast<size_t>(run.last()), make_block_step(program_, run),
          program_.operations[static_cast<size_t>(run.product)]);
  }

  void take_operation(size_t i) {
    const Operation& operation = program_.operations[i];
    if (is_plain_add(operation, program_.values)) {
      take_add(i);
    } else if (StepPtr pool = make_pool_step(operation, program_.values)) {
      place(i, std::move(pool), operation);
    } else if (StepPtr activation = make_activation_step(operation, program_.values)) {
      place(i, std::move(activation), operation);
    } else {
      place(i, plain_step(operation, /*codes=*/true), operation);
    }
  }

  void take_add(size_t i) {
    const Operation& add = program_.operations[i];
    const int next = uses_.only_reader(add.output);
    const Operation* reader = next < 0 ? nullptr : &program_.operations[static_cast<size_t>(next)];
    if (reader == nullptr || !makes_codes(*reader)) {
      place(i, make_add_step(add, nullptr), add);
      return;
    }
    taken_[static_cast<size_t>(next)] = true;
    place(static_cast<size_t>(next), make_add_step(add, reader), add);
  }

  const Program& program_;
  Uses uses_;
  std::vector<bool> taken_;
  std::vector<StepPtr> steps_;  // by the operation they stand for
};

}  // namespace

std::vector<StepPtr> fused_steps(const Program& program) { return Fusion(program).run(); }

}  // namespace nudge::plan
