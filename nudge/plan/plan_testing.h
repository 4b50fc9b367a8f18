// What the plan's tests share: comparison, losses and gradients by finite differences.
#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/base/random.h"
#include "nudge/base/threads.h"
#include "nudge/plan/plan.h"

namespace nudge::plan {

inline ModelPtr initialized(const ModelPtr& model) {
  model->initialize(1);
  return model;
}

// Values in [-scale, scale) from a seed.
inline Array random_array(const Shape& shape, uint64_t seed, double scale = 1.0) {
  Array array(shape);
  Random random(seed);
  for (float& x : array.span<float>()) x = static_cast<float>(random.uniform(-scale, scale));
  return array;
}

// |a - b| <= tolerance * max(1, |b|'s largest), with the place of the worst in the message.
inline testing::AssertionResult near(const Array& a, const Array& b, double tolerance) {
  if (a.shape() != b.shape()) {
    return testing::AssertionFailure()
           << "shapes " << to_string(a.shape()) << " and " << to_string(b.shape());
  }
  double scale = 1.0, worst = 0.0;
  int64_t place = 0;
  for (const float x : b.span<float>()) scale = std::max(scale, std::abs(static_cast<double>(x)));
  for (int64_t i = 0; i < a.size(); ++i) {
    const double difference = std::abs(static_cast<double>(a.data<float>()[i]) - b.data<float>()[i]);
    if (!(difference <= worst)) {  // NaN is the worst
      worst = difference;
      place = i;
    }
  }
  if (worst <= tolerance * scale) return testing::AssertionSuccess();
  return testing::AssertionFailure() << "element " << place << " of " << a.size() << ": "
                                     << a.data<float>()[place] << " and " << b.data<float>()[place];
}

// The sum of outputs times fixed weights: its gradient for the outputs is those weights.
inline double weighted_sum(const std::vector<Array>& outputs, const std::vector<Array>& weights) {
  double sum = 0;
  for (size_t o = 0; o < outputs.size(); ++o) {
    for (int64_t i = 0; i < outputs[o].size(); ++i) {
      sum += static_cast<double>(outputs[o].data<float>()[i]) * weights[o].data<float>()[i];
    }
  }
  return sum;
}

// d loss / d x by central differences; x's elements are moved and put back.
inline Array finite_differences(Array x, const std::function<double()>& loss, float step) {
  Array gradient(x.shape());
  for (int64_t i = 0; i < x.size(); ++i) {
    float& element = x.data<float>()[i];
    const float kept = element;
    element = kept + step;
    const double above = loss();
    element = kept - step;
    const double below = loss();
    element = kept;
    gradient.data<float>()[i] = static_cast<float>((above - below) / (2.0 * static_cast<double>(step)));
  }
  return gradient;
}

// Every parameter's gradient of a plan against finite differences of its own forward.
inline void expect_gradients(Plan& plan, const std::vector<Array>& inputs, double tolerance,
                             float step = 1e-2f) {
  const int threads = thread_count();
  set_thread_count(1);  // many tiny passes
  const auto forward = [&] {
    plan.set_training_steps(0);  // the same noise each time
    return plan.forward(inputs, Mode::kTraining);
  };
  std::vector<Array> weights;
  for (const Array& output : forward()) {
    weights.push_back(random_array(output.shape(), 99));
  }
  plan.backward(weights);
  std::vector<Array> gradients;
  for (const Parameter& parameter : plan.parameters()) gradients.push_back(parameter.gradient.clone());
  for (size_t i = 0; i < gradients.size(); ++i) {
    const Parameter& parameter = plan.parameters()[i];
    const auto loss = [&] { return weighted_sum(forward(), weights); };
    EXPECT_TRUE(near(gradients[i], finite_differences(parameter.weight->value, loss, step), tolerance))
        << parameter.layer << "/" << parameter.weight->name;
  }
  set_thread_count(threads);
}

}  // namespace nudge::plan
