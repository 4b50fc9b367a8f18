#include "nudge/train/dampening.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

// Of all weights that are quantized, over their steps: 1/12 where they lie anywhere.
double off_centre(Model& model) {
  Trainer looking(std::dynamic_pointer_cast<Model>(model.clone()), sgd(), sparse_categorical_crossentropy());
  quantize::observe_weights(looking.model(), *looking.plan().ranges());
  double steps = 0;
  for (const auto& range : looking.plan().ranges()->all()) {
    if (!range->follows_weights()) continue;
    const double step = range->grid().scale;
    steps += step * step;
  }
  return dampen_oscillations(looking.model(), looking.plan(), 0.0) / steps;
}

TEST(Dampening, IsTheSquareOfTheDistanceToTheCodes) {
  for (uint64_t seed = 1; seed < 6; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    const ModelPtr float_model = convolutional_model();
    float_model->initialize(seed);
    const ModelPtr model = quantize::quantize_model(*float_model);
    const auto plan = plan::compile(model);
    quantize::observe_weights(*model, *plan->ranges());
    for (plan::Parameter& parameter : plan->parameters()) {
      for (float& g : parameter.gradient.span<float>()) g = 1.0f;
    }
    const double at = dampen_oscillations(*model, *plan, 0.5);
    EXPECT_GT(at, 0);
    Random random(seed);
    double step = 1;  // the finest grid's
    for (const auto& range : plan->ranges()->all()) {
      for (size_t i = 0; range->follows_weights() && i < range->count(); ++i)
        step = std::min(step, static_cast<double>(range->grid(i).scale));
    }
    int tried = 0, agree = 0;
    for (plan::Parameter& parameter : plan->parameters()) {
      const bool quantized = parameter.weight->name == "kernel";
      for (int64_t i = 0; i < parameter.weight->value.size(); ++i) {
        const double slope = static_cast<double>(parameter.gradient.data<float>()[i]) - 1.0;
        if (!quantized) {
          EXPECT_EQ(slope, 0.0) << parameter.weight->name;
          continue;
        }
        if (random.uniform() > 0.3) continue;
        float& w = parameter.weight->value.data<float>()[i];
        const float kept = w, h = static_cast<float>(0.02 * step);
        const auto loss = [&](float there) {
          w = there;
          const double sum = dampen_oscillations(*model, *plan, 0.0);
          w = kept;
          return 0.5 * sum;
        };
        const double numeric = (loss(kept + h) - loss(kept - h)) / (2.0 * static_cast<double>(h));
        ++tried;
        agree += std::abs(numeric - slope) < 0.05 * step ? 1 : 0;
      }
    }
    EXPECT_GT(tried, 20);
    EXPECT_GT(agree, 0.85 * tried) << "half-way between two codes there is no slope";
  }
}

TEST(Dampening, TrainedWeightsEndNearTheirCodes) {
  const auto source = pattern_source();
  const auto trained = [&](double strength) {
    data::Loader train(source, pattern_options());
    const ModelPtr float_model = dense_model();
    float_model->initialize(2);
    const ModelPtr model = quantize::quantize_model(*float_model);
    Trainer trainer(model, adam({.learning_rate = 0.002}), sparse_categorical_crossentropy(), {.seed = 2});
    trainer.calibrate(train);
    trainer.fit(train, nullptr, {.epochs = 10, .dampen_oscillations = strength});
    return model;
  };
  const ModelPtr without = trained(0), with = trained(100);
  EXPECT_LT(off_centre(*with), 0.5 * off_centre(*without));
}

TEST(Dampening, GrowsAlongHalfACosine) {
  EXPECT_EQ(dampening_ramp(0), 0.0);
  EXPECT_NEAR(dampening_ramp(0.5), 0.5, 1e-12);
  EXPECT_EQ(dampening_ramp(1), 1.0);
}

TEST(Dampening, IsForQuantizedModels) {
  data::Loader train(pattern_source(), pattern_options());
  Trainer trainer(dense_model(), sgd(), sparse_categorical_crossentropy());
  EXPECT_THAT([&] { trainer.fit(train, nullptr, {.epochs = 1, .dampen_oscillations = 1}); },
              testing::ThrowsMessage<ValueError>(testing::HasSubstr("is not quantized")));
  EXPECT_THROW(trainer.fit(train, nullptr, {.epochs = 1, .dampen_oscillations = -1}), ValueError);
}

}  // namespace
}  // namespace nudge::train
