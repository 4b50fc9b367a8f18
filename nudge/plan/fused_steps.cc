#include "nudge/plan/fused_steps.h"

#include <algorithm>
#include <cmath>

#include "nudge/ops/block.h"
#include "nudge/plan/add_step.h"
#include "nudge/plan/block_step.h"
#include "nudge/plan/concatenate_step.h"
#include "nudge/plan/cost.h"
#include "nudge/plan/fake_quant_step.h"
#include "nudge/plan/frame_step.h"
#include "nudge/plan/multiply_step.h"
#include "nudge/plan/plain_steps.h"
#include "nudge/plan/pointwise_step.h"
#include "nudge/plan/pool_step.h"
#include "nudge/plan/relu.h"
#include "nudge/plan/softmax_step.h"

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
    for (size_t i = 0; i < taken_.size(); ++i) take_block(i);
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

  void take_block(size_t i) {
    // A normalisation that no product took is a block of its own.
    const bool normalizes = operation(i).is<ops::Normalize>() && !taken_[i];
    if (!normalizes && !ops::is_product(operation(i).primitive)) return;
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
    } else if (op.is<ops::Concatenate>()) {
      take_with_quantizer(i, [&](ValueId output, quantize::Range* range) {
        return make_concatenate_step(op, lowered_.values, output, range);
      });
    } else if (const auto chain = find_pointwise_chain(lowered_, uses_, taken_, i)) {
      take_chain(i, *chain);
    } else if (is_plain_multiply(op, lowered_.values)) {
      take_with_quantizer(
          i, [&](ValueId output, quantize::Range* range) { return make_multiply_step(op, output, range); },
          /*learns=*/false);
    } else if (StepPtr frame = make_frame_step(op, lowered_.values)) {
      place(i, std::move(frame), op);
    } else if (StepPtr pool = make_pool_step(op, lowered_.values)) {
      place(i, std::move(pool), op);
    } else if (StepPtr softmax = make_softmax_step(op, lowered_.values)) {
      place(i, std::move(softmax), op);
    } else {
      place(i, plain_step(lowered_, op, /*codes=*/true), op);
    }
  }

  void take_chain(size_t i, const PointwiseChain& chain) {
    const auto functions = std::count_if(chain.members.begin(), chain.members.end(), [&](size_t member) {
      return !operation(member).is<ops::Quantize>();
    });
    if (functions == 1 && kernel_activation(operation(i)) &&
        lowered_.values.spec(operation(i).output).shape.back() != kUnknown) {
      return take_relu(i);
    }
    for (const size_t member : chain.members) taken_[member] = true;
    place(chain.members.back(), make_pointwise_step(lowered_, chain), operation(i));
  }

  void take_relu(size_t i) {
    const auto block =
        computable_block(lowered_, ops::find_block(lowered_.program, uses_, static_cast<int>(i)));
    if (block->quantizer >= 0) taken_[static_cast<size_t>(block->quantizer)] = true;
    place(static_cast<size_t>(block->last()), make_block_step(lowered_, *block), operation(i));
  }

  // The range of the quantizer behind an operation, when the step computes codes of it; `last` becomes what
  // stands last.  `learns`: the step gives the gradient of a range that is learned.
  quantize::Range* take_quantizer(int quantizer, size_t& last, bool learns = true) {
    if (quantizer < 0) return nullptr;
    const auto next = static_cast<size_t>(quantizer);
    quantize::Range* range = lowered_.range(operation(next));
    if (!makes_codes(operation(next), *range)) return nullptr;
    if (!learns && range->quantizer().learns()) return nullptr;
    taken_[next] = true;
    last = next;
    return range;
  }

  void take_add(size_t i) {
    const ops::Operation& add = operation(i);
    ops::Block block = ops::find_block(lowered_.program, uses_, static_cast<int>(i));
    kernels::AddActivation activation;
    size_t last = i;
    if (block.activation >= 0) {
      const auto relu = kernel_activation(operation(static_cast<size_t>(block.activation)));
      if (relu && relu->negative_slope == 0.0f) {
        activation.relu = true;
        if (std::isfinite(relu->max_value)) activation.max_value = relu->max_value;
        last = static_cast<size_t>(block.activation);
        taken_[last] = true;
      } else {
        block = block.without_activation();
      }
    }
    quantize::Range* range = take_quantizer(block.quantizer, last);
    place(last, make_add_step(add, activation, operation(last).output, range), add);
  }

  // `make` gives the step that writes an output, with the range of the quantizer behind it or null.
  template <typename Make>
  void take_with_quantizer(size_t i, const Make& make, bool learns = true) {
    const ops::Block block = ops::find_block(lowered_.program, uses_, static_cast<int>(i));
    size_t last = i;
    quantize::Range* range = take_quantizer(block.quantizer, last, learns);
    place(last, make(operation(last).output, range), operation(i));
  }

  const Lowered& lowered_;
  ops::Uses uses_;
  std::vector<bool> taken_;
  std::vector<StepPtr> steps_;  // by the operation they stand for
};

}  // namespace

std::vector<StepPtr> fused_steps(const Lowered& lowered) { return Fusion(lowered).run(); }

}  // namespace nudge::plan
