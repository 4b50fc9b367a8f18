#include "nudge/plan/fused_steps.h"

#include "nudge/ops/block.h"
#include "nudge/plan/activation_step.h"
#include "nudge/plan/add_step.h"
#include "nudge/plan/block_step.h"
#include "nudge/plan/cost.h"
#include "nudge/plan/fake_quant_step.h"
#include "nudge/plan/plain_steps.h"
#include "nudge/plan/pool_step.h"

namespace nudge::plan {
namespace {

class Fusion {
 public:
  explicit Fusion(const Lowered& lowered)
      : lowered_(lowered),
        uses_(lowered.program),
        taken_(lowered.program.operations.size(), false),
        steps_(taken_.size()) {
    // A value that is penalised must be there: no block keeps it to itself.
    for (const ops::Penalty& penalty : lowered.program.penalties) uses_.add_reader(penalty.value);
  }

  std::vector<StepPtr> run() {
    // Products first: what stands before them (padding, weight quantizers) is theirs.
    for (size_t i = 0; i < taken_.size(); ++i) take_product(i);
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
  const ops::Operation& operation(size_t i) const { return lowered_.program.operations[i]; }

  // A step stands where the last of its operations stood: everything that it reads is made before.
  void place(size_t at, StepPtr step, const ops::Operation& main) {
    step->description().flops = flops_of(main, lowered_.values);
    steps_[at] = std::move(step);
  }

  void take_product(size_t i) {
    if (!ops::is_product(operation(i).primitive)) return;
    const auto block =
        computable_block(lowered_, ops::find_block(lowered_.program, uses_, static_cast<int>(i)));
    if (!block) return;
    // A shared layer's quantized weight has several readers; all of them are blocks or none is.
    for (const int part : {block->pad, block->weight_quantizer, block->head, block->reshape, block->normalize,
                           block->activation, block->quantizer}) {
      if (part >= 0) taken_[static_cast<size_t>(part)] = true;
    }
    place(static_cast<size_t>(block->last()), make_block_step(lowered_, *block), operation(i));
  }

  void take_operation(size_t i) {
    const ops::Operation& op = operation(i);
    if (is_plain_add(op, lowered_.values)) {
      take_add(i);
    } else if (StepPtr pool = make_pool_step(op, lowered_.values)) {
      place(i, std::move(pool), op);
    } else if (StepPtr activation = make_activation_step(op, lowered_.values)) {
      place(i, std::move(activation), op);
    } else {
      place(i, plain_step(lowered_, op, /*codes=*/true), op);
    }
  }

  void take_add(size_t i) {
    const ops::Operation& add = operation(i);
    const ops::Block block = ops::find_block(lowered_.program, uses_, static_cast<int>(i));
    if (block.activation < 0 && block.quantizer >= 0) {
      const auto next = static_cast<size_t>(block.quantizer);
      quantize::Range* range = lowered_.range(operation(next));
      if (makes_codes(operation(next), *range)) {
        taken_[next] = true;
        place(next, make_add_step(add, operation(next).output, range), add);
        return;
      }
    }
    place(i, make_add_step(add, add.output, nullptr), add);
  }

  const Lowered& lowered_;
  ops::Uses uses_;
  std::vector<bool> taken_;
  std::vector<StepPtr> steps_;  // by the operation they stand for
};

}  // namespace

std::vector<StepPtr> fused_steps(const Lowered& lowered) { return Fusion(lowered).run(); }

}  // namespace nudge::plan
