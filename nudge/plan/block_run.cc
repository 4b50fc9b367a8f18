#include "nudge/plan/block_run.h"

#include <algorithm>

#include "nudge/layers/layers.h"
#include "nudge/plan/block_activation.h"
#include "nudge/plan/fake_quant_step.h"

namespace nudge::plan {
namespace {

template <typename L>
const L* layer_as(const Operation& operation) {
  if (operation.kind != Operation::Kind::kLayer) return nullptr;
  return dynamic_cast<const L*>(operation.layer);
}

bool is_product(const Operation& operation) {
  if (const auto* conv = layer_as<layers::Conv2D>(operation)) return conv->options().groups == 1;
  return layer_as<layers::DepthwiseConv2D>(operation) != nullptr ||
         layer_as<layers::Dense>(operation) != nullptr;
}

// What the block's own weight quantizer computes: symmetric, narrow, from the weights of the step.
bool is_block_weight_quantizer(const Operation& operation, int64_t channels) {
  const quantize::Quantizer& quantizer = operation.range->quantizer();
  const quantize::QuantizerOptions& options = quantizer.options();
  const auto count = static_cast<int64_t>(operation.range->count());
  return !operation.inference_only && quantizer.class_name() == "LastValueQuantizer" && options.symmetric &&
         options.narrow_range && options.num_bits >= 2 && options.num_bits <= 8 &&
         (count == 1 || count == channels);
}

class Finder {
 public:
  Finder(const Program& program, const Uses& uses) : program_(program), uses_(uses) {}

  std::vector<BlockRun> find() const {
    std::vector<BlockRun> runs;
    for (size_t i = 0; i < program_.operations.size(); ++i) {
      if (is_product(program_.operations[i])) add_run(static_cast<int>(i), runs);
    }
    return runs;
  }

 private:
  const Operation& operation(int i) const { return program_.operations[static_cast<size_t>(i)]; }
  int only_reader(int i) const { return uses_.only_reader(operation(i).output); }

  void add_run(int product, std::vector<BlockRun>& runs) const {
    BlockRun run;
    run.product = product;
    const Operation& made = operation(product);
    const int64_t channels = program_.values.spec(made.output).shape.back();
    run.weight_quantizer = uses_.maker(made.inputs[1]);
    if (run.weight_quantizer >= 0 && !is_block_weight_quantizer(operation(run.weight_quantizer), channels))
      return;

    const int before = uses_.maker(made.inputs[0]);
    if (before >= 0 && layer_as<layers::ZeroPadding2D>(operation(before)) != nullptr &&
        only_reader(before) == product && layer_as<layers::Dense>(made) == nullptr) {
      run.padding = before;
    }
    int next = only_reader(product);
    if (next >= 0 && layer_as<layers::BatchNormalization>(operation(next)) != nullptr) {
      run.batch_norm = next;
      next = only_reader(next);
    }
    if (next >= 0 && block_activation(operation(next))) {
      run.activation = next;
      next = only_reader(next);
    }
    if (next >= 0 && makes_codes(operation(next))) run.output_quantizer = next;
    runs.push_back(run);
  }

  const Program& program_;
  const Uses& uses_;
};

}  // namespace

int BlockRun::last() const { return std::max({product, batch_norm, activation, output_quantizer}); }

std::vector<BlockRun> find_block_runs(const Program& program, const Uses& uses) {
  return Finder(program, uses).find();
}

}  // namespace nudge::plan
