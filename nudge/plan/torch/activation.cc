#include <ATen/ops/full_like.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/tanh.h>
#include <ATen/ops/where.h>

#include "nudge/base/error.h"
#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {
namespace {

at::Tensor relu(const ops::Activation& form, const at::Tensor& x) {
  if (form.plain_relu() && !form.max_value) return at::relu(x);
  if (form.plain_relu() && *form.max_value > 0.0) return at::hardtanh(x, 0.0, *form.max_value);
  if (form.threshold == 0.0 && !form.max_value) return at::leaky_relu(x, form.negative_slope);
  const at::Tensor below = x.sub(form.threshold).mul(form.negative_slope);
  const at::Tensor y = at::where(x.gt(form.threshold), x, below);
  if (!form.max_value) return y;
  return at::where(y.lt(*form.max_value), y, at::full_like(y, *form.max_value));
}

at::Tensor apply(const ops::Activation& form, const at::Tensor& x) {
  switch (form.function) {
    case ops::Function::kLinear:
      return x;
    case ops::Function::kRelu:
      return relu(form, x);
    case ops::Function::kSigmoid:
      return at::sigmoid(x);
    case ops::Function::kTanh:
      return at::tanh(x);
    case ops::Function::kSoftmax:
      return at::softmax(x, form.axis);
  }
  throw UnsupportedError("an activation function that has no step");
}

}  // namespace

Compute activation(const ops::Activate& activate) {
  return [form = activate.activation](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return apply(form, inputs[0]);
  };
}

}  // namespace nudge::plan::torch_steps
