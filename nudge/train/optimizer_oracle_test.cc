// Every optimizer and option against Keras 3, step by step (testdata/make_optimizers.py).
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/train/optimizer.h"

namespace nudge::train {
namespace {

Array array_of(const Json& json) {
  return Array::of(Shape{static_cast<int64_t>(json.size())}, json.get<std::vector<float>>());
}

TEST(OptimizerOracle, EveryStepIsKeras) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/train/testdata/optimizers.json";
  const Json cases = parse_json(read_text_file(path), path);
  std::map<std::string, int> of_each;
  for (const Json& fixture : cases) {
    const auto name = fixture.at("optimizer").get<std::string>();
    SCOPED_TRACE(name + " with " + fixture.at("options").dump() + ", seed " + fixture.at("seed").dump());
    ++of_each[name];
    const auto optimizer =
        optimizer_from_name(name, fixture.at("options").get<std::map<std::string, double>>());
    optimizer->set_learning_rate(fixture.at("learning_rate").get<double>());
    std::vector<Array> weights;
    for (const Json& start : fixture.at("start")) weights.push_back(array_of(start));
    const auto steps_of = [&](std::vector<Array>& gradients) {
      std::vector<WeightStep> steps;
      for (size_t i = 0; i < weights.size(); ++i) {
        steps.push_back({"w" + std::to_string(i), weights[i], gradients[i]});
      }
      return steps;
    };
    std::vector<Array> gradients;
    // Keras takes 1 - beta_2^t in float32, which is some 2e-5 of itself beside what it should be in the first
    // steps.
    const float rounding = 2e-5f * fixture.at("learning_rate").get<float>();
    const auto expect = [&](const Json& expected, const std::string& what) {
      for (size_t i = 0; i < weights.size(); ++i) {
        const auto values = expected[i].get<std::vector<float>>();
        for (size_t j = 0; j < values.size(); ++j) {
          EXPECT_NEAR(weights[i].span<float>()[j], values[j],
                      1e-6f * std::max(1.0f, std::abs(values[j])) + rounding)
              << what << ", weight " << i << ", element " << j;
        }
      }
    };
    for (const Json& step : fixture.at("steps")) {
      gradients.clear();
      for (const Json& gradient : step.at("gradients")) gradients.push_back(array_of(gradient));
      optimizer->apply(steps_of(gradients));
      expect(step.at("weights"), "step " + std::to_string(optimizer->iterations()));
    }
    optimizer->finish(steps_of(gradients));
    expect(fixture.at("finished"), "at the end");
  }
  for (const std::string& name : optimizer_names()) EXPECT_GE(of_each[name], 10) << name;
}

}  // namespace
}  // namespace nudge::train
