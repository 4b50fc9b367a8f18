#include <ATen/ops/add.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/mul.h>

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

Compute merge(const layers::Add&) {
  return fold([](const at::Tensor& a, const at::Tensor& b) { return at::add(a, b); });
}

Compute merge(const layers::Multiply&) {
  return fold([](const at::Tensor& a, const at::Tensor& b) { return at::mul(a, b); });
}

Compute merge(const layers::Maximum&) {
  return fold([](const at::Tensor& a, const at::Tensor& b) { return at::maximum(a, b); });
}

Compute merge(const layers::Concatenate& layer) {
  return [axis = layer.options().axis](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return at::cat(inputs, axis);
  };
}

}  // namespace nudge::plan::torch_steps
