#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/div.h>
#include <ATen/ops/ge.h>
#include <ATen/ops/gt.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/minimum.h>
#include <ATen/ops/mul.h>
#include <ATen/ops/pow.h>
#include <ATen/ops/sub.h>

#include "nudge/base/error.h"
#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {
namespace {

at::Tensor combined(ops::Combination how, const at::Tensor& a, const at::Tensor& b) {
  switch (how) {
    case ops::Combination::kAdd:
      return at::add(a, b);
    case ops::Combination::kSubtract:
      return at::sub(a, b);
    case ops::Combination::kMultiply:
      return at::mul(a, b);
    case ops::Combination::kDivide:
      return at::div(a, b);
    case ops::Combination::kPower:
      return at::pow(a, b);
    case ops::Combination::kMaximum:
      return at::maximum(a, b);
    case ops::Combination::kMinimum:
      return at::minimum(a, b);
    case ops::Combination::kGreater:
      return at::gt(a, b).to(at::kFloat);
    case ops::Combination::kGreaterEqual:
      return at::ge(a, b).to(at::kFloat);
  }
  throw UnsupportedError("a combination that has no step");
}

}  // namespace

Compute merge(const ops::Combine& combine) {
  return [how = combine.how](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return combined(how, inputs[0], inputs[1]);
  };
}

Compute merge(const ops::Concatenate& concatenate) {
  return [axis = concatenate.axis](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return at::cat(inputs, axis);
  };
}

}  // namespace nudge::plan::torch_steps
