#include "nudge/plan/lowering.h"

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/graph/flatten.h"
#include "nudge/quantize/placed_program.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

ModelPtr flat(const ModelPtr& model) {
  const bool nested = std::any_of(model->layers().begin(), model->layers().end(), [](const LayerPtr& layer) {
    return dynamic_cast<const Model*>(layer.get()) != nullptr;
  });
  return nested ? flatten_model(*model) : model;
}

ValueSpec spec_of(const ops::Value& value) {
  if (value.weight == nullptr) return {.name = value.layer->name(), .shape = value.shape};
  const bool trained = value.layer->trainable() && value.weight->trainable;
  return {.name = value.layer->name() + "/" + value.weight->name,
          .shape = value.shape,
          .weight = value.weight,
          .needs_gradient = trained};
}

void check_has_values(const ops::Value& value) {
  if (value.weight == nullptr || !value.weight->value.empty()) return;
  throw ValueError("layer '" + value.layer->name() + "': weight '" + value.weight->name +
                   "' has no values; call initialize() on the model or load a file");
}

}  // namespace

quantize::Range* Lowered::range(const ops::Operation& operation) const {
  const auto* quantize = operation.as<ops::Quantize>();
  return quantize == nullptr ? nullptr : ranges->all()[quantize->range].get();
}

Lowered lower(const ModelPtr& model) {
  Lowered lowered{.program = ops::expand(flat(model))};
  ops::Program& program = lowered.program;
  for (const ops::Value& value : program.values) check_has_values(value);
  if (quantize::is_quantized(*program.model)) {
    lowered.ranges = std::make_unique<quantize::Ranges>(*program.model);
    program = quantize::with_quantizers(std::move(program), *lowered.ranges);
  }
  for (const ops::Value& value : program.values) {
    const ValueId id = lowered.values.add(spec_of(value));
    if (!lowered.values.spec(id).needs_gradient) continue;
    lowered.parameters.push_back(
        {.layer = value.layer->name(), .weight = value.weight, .gradient = Array(value.weight->shape)});
    lowered.parameter_values.push_back(id);
  }
  for (const ops::Operation& operation : program.operations) {
    const auto needs_gradient = [&](ValueId id) { return lowered.values.spec(id).needs_gradient; };
    if (std::any_of(operation.inputs.begin(), operation.inputs.end(), needs_gradient)) {
      lowered.values.require_gradient(operation.output);
    }
  }
  for (const ops::Call& call : program.calls)
    lowered.layer_outputs[call.layer->name()] = call.outputs.front();
  return lowered;
}

}  // namespace nudge::plan
