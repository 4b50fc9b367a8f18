// Two lowerings of one model side by side, for tests.
#pragma once

#include <algorithm>
#include <string>
#include <vector>

#include "nudge/graph/model.h"
#include "nudge/plan/plan_testing.h"

namespace nudge::plan {

struct Trained {
  std::vector<Array> outputs;
  std::vector<Array> gradients;
  std::vector<std::string> parameter_names;
  std::vector<Array> state;  // moving averages and ranges
};

// A calibration (of a quantized model, unless it is not wanted) and a training step on a model of its own.
inline Trained train(const ModelPtr& original, const Array& x, const PlanOptions& options,
                     bool calibrated = true) {
  const ModelPtr model = std::dynamic_pointer_cast<Model>(original->clone());
  const auto plan = compile(model, options);
  if (plan->ranges() != nullptr && calibrated) plan->forward({x}, Mode::kCalibration);
  Trained trained;
  trained.outputs = plan->forward({x}, Mode::kTraining);
  std::vector<Array> gradients;
  for (const Array& output : trained.outputs) gradients.push_back(random_array(output.shape(), 77));
  plan->backward(gradients);
  for (const Parameter& parameter : plan->parameters()) {
    trained.gradients.push_back(parameter.gradient.clone());
    trained.parameter_names.push_back(parameter.layer + "/" + parameter.weight->name);
  }
  for (const Weight* weight : model->weights()) {
    if (!weight->trainable) trained.state.push_back(weight->value.clone());
  }
  return trained;
}

inline double norm(const Array& array) {
  double sum = 0;
  for (const float x : array.span<float>()) sum += static_cast<double>(x) * x;
  return std::sqrt(sum);
}

inline double distance(const Array& a, const Array& b) {
  Array difference = a.clone();
  for (int64_t i = 0; i < a.size(); ++i) difference.data<float>()[i] -= b.data<float>()[i];
  return norm(difference);
}

// |a - b| / |b|, of the whole tensors.
inline double relative_distance(const Array& a, const Array& b) {
  return distance(a, b) / std::max(norm(b), 1e-6);
}

// Over all tensors, each counting at most 1.
inline double mean_distance(const std::vector<Array>& a, const std::vector<Array>& b) {
  double sum = 0;
  for (size_t i = 0; i < a.size(); ++i) sum += std::min(1.0, relative_distance(a[i], b[i]));
  return a.empty() ? 0.0 : sum / static_cast<double>(a.size());
}

inline void expect_same_values(const Trained& a, const Trained& b, double tolerance) {
  for (size_t i = 0; i < b.outputs.size(); ++i) {
    EXPECT_LT(relative_distance(a.outputs[i], b.outputs[i]), tolerance) << "output " << i;
  }
  ASSERT_EQ(a.state.size(), b.state.size());
  for (size_t i = 0; i < b.state.size(); ++i) {
    EXPECT_LT(relative_distance(a.state[i], b.state[i]), tolerance) << "state " << i;
  }
}

inline void expect_same(const ModelPtr& model, const Array& x, double tolerance, double gradient_tolerance) {
  const Trained fused = train(model, x, {}), plain = train(model, x, {.fused = false});
  expect_same_values(fused, plain, tolerance);
  ASSERT_EQ(fused.parameter_names, plain.parameter_names);
  // A bias before a BatchNormalization has a gradient of rounding alone: measure against the largest.
  double largest = 0;
  for (const Array& gradient : plain.gradients) largest = std::max(largest, norm(gradient));
  for (size_t i = 0; i < plain.gradients.size(); ++i) {
    EXPECT_LT(distance(fused.gradients[i], plain.gradients[i]),
              gradient_tolerance * (norm(plain.gradients[i]) + 1e-2 * largest))
        << plain.parameter_names[i];
  }
}

}  // namespace nudge::plan
