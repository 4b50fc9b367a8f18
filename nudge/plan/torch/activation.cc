#include <ATen/ops/abs.h>
#include <ATen/ops/clamp.h>
#include <ATen/ops/cos.h>
#include <ATen/ops/elu.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/floor.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/leaky_relu.h>
#include <ATen/ops/log.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/neg.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/rsqrt.h>
#include <ATen/ops/sigmoid.h>
#include <ATen/ops/sign.h>
#include <ATen/ops/sin.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/sqrt.h>
#include <ATen/ops/square.h>
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

c10::optional<at::Scalar> limit(const std::optional<double>& value) {
  return value ? c10::make_optional(at::Scalar(*value)) : c10::nullopt;
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
    case ops::Function::kLogSoftmax:
      return at::log_softmax(x, form.axis);
    case ops::Function::kElu:
      return at::elu(x);
    case ops::Function::kGelu:
      return at::gelu(x);
    case ops::Function::kGeluTanh:
      return at::gelu(x, "tanh");
    case ops::Function::kHardSwish:
      return at::hardswish(x);
    case ops::Function::kClip:
      return at::clamp(x, limit(form.min_value), limit(form.max_value));
    case ops::Function::kExp:
      return at::exp(x);
    case ops::Function::kLog:
      return at::log(x);
    case ops::Function::kSqrt:
      return at::sqrt(x);
    case ops::Function::kRsqrt:
      return at::rsqrt(x);
    case ops::Function::kSquare:
      return at::square(x);
    case ops::Function::kAbs:
      return at::abs(x);
    case ops::Function::kNegative:
      return at::neg(x);
    case ops::Function::kSin:
      return at::sin(x);
    case ops::Function::kCos:
      return at::cos(x);
    case ops::Function::kFloor:
      return at::floor(x);
    case ops::Function::kSign:
      return at::sign(x);
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
