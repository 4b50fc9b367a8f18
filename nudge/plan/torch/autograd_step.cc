#include "nudge/plan/torch/autograd_step.h"

#include <ATen/Parallel.h>
#include <ATen/ops/from_blob.h>
#include <c10/core/GradMode.h>
#include <c10/util/Exception.h>
#include <torch/csrc/autograd/autograd.h>

#include "nudge/base/error.h"

namespace nudge::plan::torch_steps {
namespace {

at::Tensor view(const float* data, at::IntArrayRef shape) {
  return at::from_blob(const_cast<float*>(data), shape);  // libtorch has no read-only tensors
}

// Calls body(); libtorch's errors carry a stack trace, of which the first line is kept.
template <typename Body>
void translate_errors(const std::string& where, const Body& body) {
  try {
    body();
  } catch (const c10::Error& error) {
    const std::string message = error.what_without_backtrace();
    throw UnsupportedError(where + "libtorch: " + message.substr(0, message.find('\n')));
  }
}

}  // namespace

at::Tensor nchw(const at::Tensor& nhwc) { return nhwc.permute({0, 3, 1, 2}); }
at::Tensor nhwc(const at::Tensor& nchw) { return nchw.permute({0, 2, 3, 1}); }

AutogradStep::AutogradStep(std::string where, Compute compute)
    : where_(std::move(where)), compute_(std::move(compute)) {}

void AutogradStep::forward(const FallbackCall& call) {
  if (at::get_num_threads() != call.threads) at::set_num_threads(call.threads);
  translate_errors(where_, [&] {
    c10::AutoGradMode record(call.backward_follows);
    inputs_.clear();
    for (const TensorRef& input : call.inputs) {
      inputs_.push_back(view(input.data, input.shape));
      if (call.backward_follows && input.needs_gradient) inputs_.back().set_requires_grad(true);
    }
    output_ = compute_(inputs_, call);
    {
      c10::NoGradGuard no_gradient;
      view(call.output.data, call.output.shape).copy_(output_);
    }
    if (!call.backward_follows) {
      inputs_.clear();
      output_.reset();
    }
  });
}

void AutogradStep::backward(const float* output_gradient, const std::vector<float*>& input_gradients) {
  translate_errors(where_, [&] {
    std::vector<at::Tensor> leaves;
    std::vector<float*> targets;
    for (size_t i = 0; i < inputs_.size(); ++i) {
      if (input_gradients[i] == nullptr) continue;
      leaves.push_back(inputs_[i]);
      targets.push_back(input_gradients[i]);
    }
    // A comparison or a sign passes no gradient on.
    std::vector<at::Tensor> gradients(leaves.size());
    if (output_.requires_grad()) {
      gradients =
          torch::autograd::grad({output_}, leaves, {view(output_gradient, output_.sizes())},
                                /*retain_graph=*/false, /*create_graph=*/false, /*allow_unused=*/true);
    }
    c10::NoGradGuard no_gradient;
    for (size_t i = 0; i < gradients.size(); ++i) {
      at::Tensor target = view(targets[i], leaves[i].sizes());
      gradients[i].defined() ? target.copy_(gradients[i]) : target.zero_();
    }
  });
  inputs_.clear();
  output_.reset();
}

}  // namespace nudge::plan::torch_steps
