#include "nudge/plan/activation_step.h"

#include <algorithm>
#include <cmath>

#include "nudge/base/threads.h"

namespace nudge::plan {
namespace {

using ops::Activation;
using ops::Function;

constexpr int64_t kGrain = 1 << 14;

float value(Function function, float x) {
  switch (function) {
    case Function::kSigmoid:
      return 1.0f / (1.0f + std::exp(-x));
    case Function::kTanh:
      return std::tanh(x);
    default:  // linear; softmax goes by rows, below
      return x;
  }
}

// From what the function made.
float slope(Function function, float y) {
  switch (function) {
    case Function::kSigmoid:
      return y * (1.0f - y);
    case Function::kTanh:
      return 1.0f - y * y;
    default:
      return 1.0f;
  }
}

void softmax_row(const float* x, int64_t n, float* y) {
  const float largest = *std::max_element(x, x + n);
  float sum = 0.0f;
  for (int64_t i = 0; i < n; ++i) sum += y[i] = std::exp(x[i] - largest);
  for (int64_t i = 0; i < n; ++i) y[i] /= sum;
}

void softmax_row_gradient(const float* y, const float* dy, int64_t n, float* dx) {
  float sum = 0.0f;
  for (int64_t i = 0; i < n; ++i) sum += y[i] * dy[i];
  for (int64_t i = 0; i < n; ++i) dx[i] = y[i] * (dy[i] - sum);
}

class ActivationStep : public Step {
 public:
  // `row` is the last dimension.
  ActivationStep(const ops::Operation& operation, const Activation& activation, int64_t row)
      : Step(operation.name, "grid", operation.inputs, operation.output),
        function_(activation.function),
        row_(row) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const float* x = values.read(inputs()[0]);
    float* y = values.write(output());
    for_rows(values.count(output()), [&](int64_t begin, int64_t end) {
      if (function_ == Function::kSoftmax) {
        for (int64_t i = begin; i < end; i += row_) softmax_row(x + i, row_, y + i);
      } else {
        for (int64_t i = begin; i < end; ++i) y[i] = value(function_, x[i]);
      }
    });
  }

  std::vector<ValueId> backward_reads() const override { return {output()}; }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const float* y = values.read(output());
    const float* dy = values.gradient(output());
    Values::Share share = values.begin_gradient(inputs()[0]);
    float* dx = share.data.f32;
    for_rows(values.count(output()), [&](int64_t begin, int64_t end) {
      if (function_ == Function::kSoftmax) {
        for (int64_t i = begin; i < end; i += row_) softmax_row_gradient(y + i, dy + i, row_, dx + i);
      } else {
        for (int64_t i = begin; i < end; ++i) dx[i] = slope(function_, y[i]) * dy[i];
      }
    });
    values.end_gradient(std::move(share));
  }

 private:
  template <typename Body>
  void for_rows(int64_t n, const Body& body) const {
    parallel_for(n / row_, std::max<int64_t>(kGrain / row_, 1),
                 [&](int64_t begin, int64_t end) { body(begin * row_, end * row_); });
  }

  Function function_;
  int64_t row_;
};

// Whether the step can compute it: a softmax over the last dimension only.
bool computes(const Activation& activation, const Shape& shape) {
  const auto rank = static_cast<int64_t>(shape.size());
  switch (activation.function) {
    case Function::kSoftmax:
      return activation.axis == -1 || activation.axis == rank - 1;
    case Function::kLinear:
    case Function::kSigmoid:
    case Function::kTanh:
      return true;
    default:
      return false;
  }
}

}  // namespace

StepPtr make_activation_step(const ops::Operation& operation, const Values& values) {
  const auto* activate = operation.as<ops::Activate>();
  const Shape& shape = values.spec(operation.output).shape;
  if (activate == nullptr || !computes(activate->activation, shape) || shape.back() == kUnknown)
    return nullptr;
  return std::make_unique<ActivationStep>(operation, activate->activation, shape.back());
}

}  // namespace nudge::plan
