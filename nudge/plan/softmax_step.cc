#include "nudge/plan/softmax_step.h"

#include <algorithm>
#include <cmath>

#include "nudge/base/threads.h"

namespace nudge::plan {
namespace {

constexpr int64_t kSoftmaxGrain = 1 << 14;

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

class SoftmaxStep : public Step {
 public:
  // `row` is the last dimension.
  SoftmaxStep(const ops::Operation& operation, int64_t row)
      : Step(operation.name, "grid", operation.inputs, operation.output), row_(row) {}

  void forward(StepContext& context) override {
    Values& values = context.values;
    const float* x = values.read(inputs()[0]);
    float* y = values.write(output());
    for_each_row(values, [&](int64_t i) { softmax_row(x + i, row_, y + i); });
  }

  std::vector<ValueId> backward_reads() const override { return {output()}; }

  void backward(StepContext& context) override {
    Values& values = context.values;
    const float* y = values.read(output());
    const float* dy = values.gradient(output());
    Values::Share share = values.begin_gradient(inputs()[0]);
    float* dx = share.data.f32;
    for_each_row(values, [&](int64_t i) { softmax_row_gradient(y + i, dy + i, row_, dx + i); });
    values.end_gradient(std::move(share));
  }

 private:
  // Calls body with where each row begins.
  template <typename Body>
  void for_each_row(const Values& values, const Body& body) const {
    parallel_for(values.count(output()) / row_, std::max<int64_t>(kSoftmaxGrain / row_, 1),
                 [&](int64_t begin, int64_t end) {
                   for (int64_t row = begin; row < end; ++row) body(row * row_);
                 });
  }

  int64_t row_;
};

}  // namespace

StepPtr make_softmax_step(const ops::Operation& operation, const Values& values) {
  const auto* activate = operation.as<ops::Activate>();
  if (activate == nullptr || activate->activation.function != ops::Function::kSoftmax) return nullptr;
  const Shape& shape = values.spec(operation.output).shape;
  const auto rank = static_cast<int64_t>(shape.size());
  const int64_t axis = activate->activation.axis;
  if ((axis != -1 && axis != rank - 1) || shape.back() == kUnknown) return nullptr;
  return std::make_unique<SoftmaxStep>(operation, shape.back());
}

}  // namespace nudge::plan
