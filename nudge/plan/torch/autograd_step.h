// A fallback step: a forward in libtorch operations, differentiated by libtorch's autograd.
#pragma once

#include <string>
#include <vector>

#include "nudge/plan/torch/compute.h"

namespace nudge::plan::torch_steps {

class AutogradStep : public FallbackStep {
 public:
  // `where` starts the messages of what goes wrong within libtorch.
  AutogradStep(std::string where, Compute compute);

  void forward(const FallbackCall& call) override;
  void backward(const float* output_gradient, const std::vector<float*>& input_gradients) override;

 private:
  std::string where_;
  Compute compute_;
  // Between forward and backward.
  std::vector<at::Tensor> inputs_;
  at::Tensor output_;
};

}  // namespace nudge::plan::torch_steps
