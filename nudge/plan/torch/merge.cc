#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mul.h>

#include "nudge/base/error.h"
#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {
namespace {

template <typename Combine>
Compute fold(Combine combine) {
  return [combine](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    at::Tensor result = inputs[0];
    for (size_t i = 1; i < inputs.size(); ++i) result = combine(result, inputs[i]);
    return result;
  };
}

}  // namespace

Compute merge(const ops::Combine& combine) {
  switch (combine.how) {
    case ops::Combination::kAdd:
      return fold([](const at::Tensor& a, const at::Tensor& b) { return at::add(a, b); });
    case ops::Combination::kMultiply:
      return fold([](const at::Tensor& a, const at::Tensor& b) { return at::mul(a, b); });
    case ops::Combination::kMaximum:
      return fold([](const at::Tensor& a, const at::Tensor& b) { return at::maximum(a, b); });
  }
  throw UnsupportedError("a combination that has no step");
}

Compute merge(const ops::Concatenate& concatenate) {
  return [axis = concatenate.axis](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return at::cat(inputs, axis);
  };
}

}  // namespace nudge::plan::torch_steps
