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

using layers::ActivationFunction;

at::Tensor apply(ActivationFunction function, const at::Tensor& x) {
  switch (function) {
    case ActivationFunction::kLinear:
      return x;
    case ActivationFunction::kRelu:
      return at::relu(x);
    case ActivationFunction::kRelu6:
      return at::hardtanh(x, 0.0, 6.0);
    case ActivationFunction::kSigmoid:
      return at::sigmoid(x);
    case ActivationFunction::kTanh:
      return at::tanh(x);
    case ActivationFunction::kSoftmax:
      return at::softmax(x, -1);
  }
  throw UnsupportedError("activation '" + to_string(function) + "' has no step");
}

at::Tensor general_relu(const layers::ReLUOptions& options, const at::Tensor& x) {
  const at::Tensor below = x.sub(options.threshold).mul(options.negative_slope);
  const at::Tensor y = at::where(x.gt(options.threshold), x, below);
  if (!options.max_value) return y;
  return at::where(y.lt(*options.max_value), y, at::full_like(y, *options.max_value));
}

}  // namespace

Compute activation(ActivationFunction function) {
  return [function](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return apply(function, inputs[0]);
  };
}

Compute activation(const layers::ReLU& layer) {
  return [&options = layer.options()](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    if (options.threshold == 0.0 && options.negative_slope == 0.0) {
      if (!options.max_value) return at::relu(inputs[0]);
      if (*options.max_value > 0.0) return at::hardtanh(inputs[0], 0.0, *options.max_value);
    }
    return general_relu(options, inputs[0]);
  };
}

Compute activation(const layers::LeakyReLU& layer) {
  return
      [slope = layer.options().negative_slope](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
        return at::leaky_relu(inputs[0], slope);
      };
}

Compute activation(const layers::Softmax& layer) {
  return [axis = layer.options().axis](const std::vector<at::Tensor>& inputs, const FallbackCall&) {
    return at::softmax(inputs[0], axis);
  };
}

}  // namespace nudge::plan::torch_steps
