#include "nudge/plan/activation_step.h"

#include <algorithm>
#include <cmath>
#include <optional>

#include "nudge/base/threads.h"
#include "nudge/layers/softmax.h"

namespace nudge::plan {
namespace {

using layers::ActivationFunction;

constexpr int64_t kGrain = 1 << 14;

float value(ActivationFunction function, float x) {
  switch (function) {
    case ActivationFunction::kRelu:
      return std::max(x, 0.0f);
    case ActivationFunction::kRelu6:
      return std::min(std::max(x, 0.0f), 6.0f);
    case ActivationFunction::kSigmoid:
      return 1.0f / (1.0f + std::exp(-x));
    case ActivationFunction::kTanh:
      return std::tanh(x);
    case ActivationFunction::kLinear:
    case ActivationFunction::kSoftmax:  // by rows, below
      break;
  }
  return x;
}

// From what the function made.
float slope(ActivationFunction function, float y) {
  switch (function) {
    case ActivationFunction::kRelu:
      return y > 0.0f ? 1.0f : 0.0f;
    case ActivationFunction::kRelu6:
      return y > 0.0f && y < 6.0f ? 1.0f : 0.0f;
    case ActivationFunction::kSigmoid:
      return y * (1.0f - y);
    case ActivationFunction::kTanh:
      return 1.0f - y * y;
    case ActivationFunction::kLinear:
    case ActivationFunction::kSoftmax:
      break;
  }
  return 1.0f;
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
  ActivationStep(const Operation& operation, ActivationFunction function, int64_t row)
      : Step(operation.name, "grid", operation.inputs, operation.output), function_(function), row_(row) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const float* x = values.read(inputs()[0]);
    float* y = values.write(output());
    for_rows(values.count(output()), [&](int64_t begin, int64_t end) {
      if (function_ == ActivationFunction::kSoftmax) {
        for (int64_t i = begin; i < end; i += row_) softmax_row(x + i, row_, y + i);
      } else {
        for (int64_t i = begin; i < end; ++i) y[i] = value(function_, x[i]);
      }
    });
  }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const float* y = values.read(output());
    const float* dy = values.gradient(output());
    Values::Share share = values.begin_gradient(inputs()[0]);
    float* dx = share.data.f32;
    for_rows(values.count(output()), [&](int64_t begin, int64_t end) {
      if (function_ == ActivationFunction::kSoftmax) {
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

  ActivationFunction function_;
  int64_t row_;
};

std::optional<ActivationFunction> function_of(const Operation& operation, size_t rank) {
  if (operation.kind == Operation::Kind::kActivation) return operation.activation;
  if (operation.kind != Operation::Kind::kLayer) return std::nullopt;
  const auto* softmax = dynamic_cast<const layers::Softmax*>(operation.layer);
  if (softmax == nullptr) return std::nullopt;
  const int64_t axis = softmax->options().axis;
  if (axis != -1 && axis != static_cast<int64_t>(rank) - 1) return std::nullopt;
  return ActivationFunction::kSoftmax;
}

}  // namespace

StepPtr make_activation_step(const Operation& operation, const Values& values) {
  const Shape& shape = values.spec(operation.output).shape;
  const auto function = function_of(operation, shape.size());
  if (!function || shape.back() == kUnknown) return nullptr;
  return std::make_unique<ActivationStep>(operation, *function, shape.back());
}

}  // namespace nudge::plan
