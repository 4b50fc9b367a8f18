#include "nudge/plan/cost.h"

#include <algorithm>

#include "nudge/plan/view_step.h"

namespace nudge::plan {
namespace {

int64_t elements(const Values& values, ValueId id) {
  const Shape& shape = values.spec(id).shape;
  const bool batched = !shape.empty() && shape[0] == kUnknown;
  return element_count(batched ? with_batch(shape, 1) : shape);
}

bool trains(const Values& values, ValueId id) { return values.spec(id).needs_gradient; }

// Weights that make one output element; 0 where the operation is no product.
int64_t products_per_output(const ops::Operation& operation, const Values& values) {
  if (!ops::is_product(operation.primitive)) return 0;
  const Shape& kernel = values.spec(operation.inputs[1]).shape;
  if (const auto* transpose = operation.as<ops::ConvTranspose2D>()) {
    const ops::Size2 strides = transpose->window.strides;
    return std::max<int64_t>(kernel[0] * kernel[1] * kernel[3] / (strides.height * strides.width), 1);
  }
  if (operation.is<ops::Conv2D>()) return kernel[0] * kernel[1] * kernel[2];
  return operation.is<ops::DepthwiseConv2D>() ? kernel[0] * kernel[1] : kernel[0];
}

// Bytes of one image's values and gradients.
class Traffic {
 public:
  explicit Traffic(const Values& values) : values_(values) {}

  int64_t value(ValueId id) const {
    const ValueSpec& spec = values_.spec(id);
    if (spec.weight != nullptr) return elements(values_, id) * kWeightBytes / batch();
    return elements(values_, id) * (values_.coded(id) ? 1 : float_bytes(id));
  }
  int64_t gradient(ValueId id) const {
    if (!trains(values_, id)) return 0;
    if (values_.spec(id).weight != nullptr) return value(id);
    return elements(values_, id) * float_bytes(id);
  }

  int64_t block(const Step& step) const {
    const ValueId x = step.inputs()[0], y = step.output();
    const int64_t result = elements(values_, y) * float_bytes(y);  // before normalisation
    const int64_t kernel = kernel_elements(step) * kWeightBytes / batch();
    int64_t total = value(x) + result + std::min(value(x), result) + value(y) + kernel;
    if (trains(values_, y)) total += 2 * (gradient(y) + result) + value(x) + gradient(x) + 2 * kernel;
    return total;
  }

  int64_t other(const Step& step) const {
    const bool back = trains(values_, step.output());
    int64_t total = value(step.output()) + (back ? gradient(step.output()) : 0);
    for (const ValueId input : step.inputs()) {
      total += value(input) + (back ? value(input) + gradient(input) : 0);
    }
    return total;
  }

 private:
  static constexpr int64_t kWeightBytes = 4;

  int64_t float_bytes(ValueId id) const { return values_.spec(id).bf16 ? 2 : 4; }
  int64_t batch() const { return std::max<int64_t>(1, values_.batch()); }

  // A step lists no weights of a block; but every output element is made by one channel's share of the
  // kernel, and that is what its FLOPs count.
  int64_t kernel_elements(const Step& step) const {
    const int64_t products = trains(values_, step.output()) ? (trains(values_, step.inputs()[0]) ? 3 : 2) : 1;
    const int64_t outputs = elements(values_, step.output());
    const int64_t channels = values_.spec(step.output()).shape.back();
    return step.description().flops / (2 * products * outputs) * channels;
  }

  const Values& values_;
};

}  // namespace

int64_t flops_of(const ops::Operation& operation, const Values& values) {
  if (is_view(operation)) return 0;
  const int64_t outputs = elements(values, operation.output);
  if (const int64_t products = products_per_output(operation, values); products > 0) {
    const int gradients = trains(values, operation.inputs[0]) + trains(values, operation.inputs[1]);
    return 2 * products * outputs * (1 + gradients);
  }
  const int64_t read = operation.inputs.empty() ? 0 : elements(values, operation.inputs[0]);
  const int64_t largest = std::max(outputs, read);
  return largest * (trains(values, operation.output) ? 2 : 1);
}

int64_t bytes_of(const Step& step, const Values& values) {
  if (step.description().flops == 0) return 0;  // a view: nothing moves
  const Traffic traffic(values);
  return step.description().kind == "block" ? traffic.block(step) : traffic.other(step);
}

}  // namespace nudge::plan
