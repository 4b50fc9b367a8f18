// Every loss against Keras 3 with jax's gradients (testdata/make_losses.py), and against finite differences.
#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/base/random.h"
#include "nudge/train/labels_test.h"
#include "nudge/train/loss.h"

namespace nudge::train {
namespace {

TEST(LossOracle, ValuesAndGradientsAreKeras) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/train/testdata/losses.json";
  const Json cases = parse_json(read_text_file(path), path);
  EXPECT_GE(cases.size(), 130U);
  std::map<std::string, int> of_each;
  for (const Json& fixture : cases) {
    SCOPED_TRACE(fixture.at("loss").get<std::string>() + " of " +
                 fixture.at("predictions").get<std::string>() + ", seed " + fixture.at("seed").dump());
    const auto options = fixture.value("options", Json::object()).get<std::map<std::string, double>>();
    const auto loss = loss_from_name(fixture.at("loss").get<std::string>(), options);
    Array weights;
    if (const Json given = fixture.value("weights", Json(nullptr)); !given.is_null()) {
      weights = Array::of(Shape{static_cast<int64_t>(given.size())}, given.get<std::vector<float>>());
    }
    ++of_each[fixture.at("loss").get<std::string>()];
    const auto shape = fixture.at("shape").get<Shape>();
    const Array predictions = Array::of(shape, fixture.at("values").get<std::vector<float>>());
    Array gradient;
    const double value =
        loss->compute(labels_of(fixture.at("labels"), shape), predictions, &gradient, weights);
    const double expected = fixture.at("expected").get<double>();
    EXPECT_NEAR(value, expected, 1e-5 * std::max(1.0, std::abs(expected)));
    if (fixture.at("gradient").is_null()) continue;
    const auto gradients = fixture.at("gradient").get<std::vector<double>>();
    ASSERT_EQ(static_cast<int64_t>(gradients.size()), gradient.size());
    for (size_t i = 0; i < gradients.size(); ++i) {
      EXPECT_NEAR(static_cast<double>(gradient.data<float>()[i]), gradients[i],
                  1e-5 * std::max(1.0, std::abs(gradients[i])))
          << "element " << i;
    }
  }
  for (const std::string& name : loss_names()) EXPECT_GE(of_each[name], 3) << name;
}

// Within the clips a step of the predictions along the gradient moves the loss by its square.
TEST(LossOracle, GradientsAreFiniteDifferences) {
  for (const std::string& name : loss_names()) {
    const auto loss = loss_from_name(name);
    if (!loss->classifies()) continue;
    for (uint64_t seed = 0; seed < 20; ++seed) {
      SCOPED_TRACE(name + ", seed " + std::to_string(seed));
      Random random(seed);
      const int64_t rows = 1 + static_cast<int64_t>(random.uniform() * 4);
      const int64_t outputs = 2 + static_cast<int64_t>(random.uniform() * 4);
      Array labels({rows}, DataType::kInt32), predictions({rows, outputs});
      for (int32_t& label : labels.span<int32_t>())
        label = static_cast<int32_t>(random.uniform() * static_cast<double>(outputs));
      for (float& value : predictions.span<float>())
        value = static_cast<float>(loss->from_logits() ? 3 * random.normal() : 0.1 + 0.8 * random.uniform());
      Array gradient;
      loss->compute(labels, predictions, &gradient);
      double square = 0;
      for (const float value : gradient.span<float>()) square += static_cast<double>(value * value);
      const auto moved = [&](double step) {
        Array there = predictions.clone();
        for (int64_t i = 0; i < there.size(); ++i)
          there.data<float>()[i] += static_cast<float>(step) * gradient.data<float>()[i];
        return loss->compute(labels, there, nullptr);
      };
      const double step = 1e-3 / std::sqrt(square + 1e-6);
      EXPECT_NEAR((moved(step) - moved(-step)) / (2 * step), square, 1e-3 * square + 1e-4);
    }
  }
}

}  // namespace
}  // namespace nudge::train
