#include "nudge/plan/cost.h"

#include "nudge/layers/layers.h"

namespace nudge::plan {
namespace {

int64_t elements(const Values& values, ValueId id) {
  const Shape& shape = values.spec(id).shape;
  const bool batched = !shape.empty() && shape[0] == kUnknown;
  return element_count(batched ? with_batch(shape, 1) : shape);
}

// Weights that make one output element.
int64_t products_per_output(const Operation& operation, const Values& values) {
  if (operation.kind != Operation::Kind::kLayer || operation.inputs.size() < 2) return 0;
  const Shape& kernel = values.spec(operation.inputs[1]).shape;
  if (dynamic_cast<const layers::Conv2D*>(operation.layer) != nullptr)
    return kernel[0] * kernel[1] * kernel[2];
  if (dynamic_cast<const layers::DepthwiseConv2D*>(operation.layer) != nullptr) return kernel[0] * kernel[1];
  if (dynamic_cast<const layers::Dense*>(operation.layer) != nullptr) return kernel[0];
  return 0;
}

}  // namespace

int64_t flops_of(const Operation& operation, const Values& values) {
  const int64_t outputs = elements(values, operation.output);
  const int64_t products = products_per_output(operation, values);
  return products > 0 ? 2 * products * outputs : outputs;
}

int64_t bytes_of(const Step& step, const Values& values) {
  const auto bytes = [&](ValueId id) {
    const auto size = values.codes(id) != nullptr ? sizeof(uint8_t) : sizeof(float);
    return elements(values, id) * static_cast<int64_t>(size);
  };
  int64_t total = bytes(step.output());
  for (const ValueId input : step.inputs()) total += bytes(input);
  return total;
}

}  // namespace nudge::plan
