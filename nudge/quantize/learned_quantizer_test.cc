// Learned ranges against jax and Keras's Adam: testdata/learned_ranges.json.
#include "nudge/quantize/learned_quantizer.h"

#include <gtest/gtest.h>

#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/kernels/elementwise/range_gradient.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantizer_slot.h"
#include "nudge/quantize/range_rule.h"
#include "nudge/quantize/ranges.h"

namespace nudge::quantize {
namespace {

Json oracle() {
  return Json::parse(
      read_text_file(std::string(NUDGE_SOURCE_DIR) + "/nudge/quantize/testdata/learned_ranges.json"));
}

TEST(LearnedQuantizer, MovesAsKerasAdamMovesTheLogarithms) {
  for (const Json& made : oracle()) {
    SCOPED_TRACE(made.at("bits").dump() + " bits from " + made.at("min").dump());
    const QuantizerOptions options{.num_bits = made.at("bits").get<int>(),
                                   .symmetric = made.at("symmetric").get<bool>(),
                                   .narrow_range = made.at("narrow").get<bool>()};
    const LearnedQuantizer quantizer(options, {.learning_rate = made.at("rate").get<double>()});
    std::vector<float> min{made.at("min").get<float>()}, max{made.at("max").get<float>()};
    RangeProgress progress;
    for (const Json& step : made.at("steps")) {
      const auto x = step.at("x").get<std::vector<float>>(), dy = step.at("dy").get<std::vector<float>>();
      const auto grid = kernels::nudge_range(min[0], max[0], options.num_bits, options.narrow_range);
      const auto gradient =
          kernels::range_gradient(x.data(), dy.data(), static_cast<int64_t>(x.size()), grid);
      quantizer.learn(min, max, {&gradient, 1}, 1.0, progress);
      EXPECT_NEAR(min[0], step.at("min").get<double>(), 2e-5);
      EXPECT_NEAR(max[0], step.at("max").get<double>(), 2e-5);
    }
    if (options.symmetric) {
      EXPECT_EQ(min[0], -max[0]);
    }
    EXPECT_EQ(progress.updates, static_cast<int64_t>(made.at("steps").size()));
  }
}

TEST(LearnedQuantizer, TheRateIsAFactorAndZeroHoldsStill) {
  const LearnedQuantizer quantizer(QuantizerOptions{}, {.learning_rate = 0.5});
  const kernels::RangeGradient gradient{1.0, -1.0};
  std::vector<float> min{-1.0f}, max{1.0f};
  RangeProgress progress;
  quantizer.learn(min, max, {&gradient, 1}, 0.0, progress);
  EXPECT_EQ(min[0], -1.0f);
  EXPECT_EQ(max[0], 1.0f);
  EXPECT_TRUE(quantizer.learns());
  EXPECT_FALSE(LearnedQuantizer(QuantizerOptions{}, {.learning_rate = 0.0}).learns());
}

TEST(LearnedQuantizer, SettlesWhereTheGradientDoes) {
  const LearnedQuantizer quantizer(QuantizerOptions{}, {.learning_rate = 0.05});
  std::vector<float> min{0.0f}, max{6.0f};
  RangeProgress progress;
  const auto step = [&](double towards) {
    const kernels::RangeGradient gradient{0.0, static_cast<double>(max[0]) - towards};
    quantizer.learn(min, max, {&gradient, 1}, 1.0, progress);
  };
  for (int i = 0; i < 20; ++i) step(2.0);
  EXPECT_GT(progress.distance, 0.02);
  for (int i = 0; i < 600; ++i) step(2.0);
  EXPECT_LT(progress.distance, 0.02);
  EXPECT_NEAR(max[0], 2.0f, 0.05f);
  EXPECT_EQ(min[0], 0.0f);
}

TEST(LearnedQuantizer, ComesBackFromItsConfig) {
  const LearnedQuantizer quantizer({.num_bits = 4}, {.learning_rate = 0.25, .decay = 0.9});
  const QuantizerPtr again = quantizer_from_config(quantizer.class_name(), quantizer.config());
  EXPECT_EQ(again->class_name(), "LearnedQuantizer");
  EXPECT_EQ(again->config(), quantizer.config());
  EXPECT_THROW(LearnedQuantizer({}, {.learning_rate = -1.0}), ValueError);
  EXPECT_THROW(LearnedQuantizer({.per_axis = true}), ValueError);
}

TEST(LearnedQuantizer, ItsMemoryIsKeptWithTheSlot) {
  QuantizerSlot slot{.name = "output", .quantizer = std::make_shared<LearnedQuantizer>(QuantizerOptions{})};
  EXPECT_FALSE(to_json(slot).at("progress").contains("learning")) << "nothing has been learned";
  slot.progress.learning = {.steps = 7, .momentum = {0.1, -1.0 / 3}, .velocity = {1e-300, 2.0}};
  const Json json = to_json(slot);
  const RangeLearning again = slot_from_json(json, "").progress.learning;
  EXPECT_EQ(again.steps, 7);
  EXPECT_EQ(again.momentum, slot.progress.learning.momentum);
  EXPECT_EQ(again.velocity, slot.progress.learning.velocity);
  const auto damaged = [&](const char* key, const Json& value) {
    Json other = json;
    other["progress"]["learning"][key] = value;
    EXPECT_THROW(slot_from_json(other, ""), InputError) << key;
  };
  damaged("steps", -1);
  damaged("momentum", {1.0});
  damaged("momentum", {1.0, "one"});
  damaged("velocity", {-1.0, 0.0});
}

ModelPtr small_model() {
  const Tensor x = input({4}, "values");
  const ModelPtr model =
      make_model(x, layers::relu(layers::dense(x, {.units = 3, .name = "dense"}), {.name = "relu"}), "small");
  model->initialize(3);
  return quantize_model(*model);
}

void show(Ranges& ranges, Range& range, float low, float high, bool training) {
  ranges.begin_step(training);
  range.observe({&low, 1}, {&high, 1});
}

TEST(RangeRule, LearnedRangesFollowCalibrationAndThenTheLoss) {
  const ModelPtr model = small_model();
  set_range_rule(*model, RangeRule::kLearned, 0.1);
  Ranges ranges(*model);
  Range& range = *ranges.find(model->layer("quant_relu"), "output");
  EXPECT_FALSE(range.learns()) << "it has no place yet";
  show(ranges, range, 0.0f, 3.0f, /*training=*/true);
  EXPECT_EQ(range.max()[0], 3.0f) << "the first batch of a range that saw none";
  show(ranges, range, 0.0f, 5.0f, /*training=*/true);
  EXPECT_EQ(range.max()[0], 3.0f);
  show(ranges, range, 0.0f, 5.0f, /*training=*/false);
  EXPECT_NEAR(range.max()[0], 4.0f, 2e-3f);
  EXPECT_TRUE(range.learns());
  const float before = range.max()[0];
  ranges.begin_step(true);
  ranges.learn();
  EXPECT_EQ(range.max()[0], before) << "nothing gave it a gradient";
  range.add_gradient({0.0, 2.0});
  range.add_gradient({0.0, -3.0});
  ranges.learn(0.5);
  EXPECT_NEAR(range.max()[0], before * std::exp2(0.05f), 1e-5f) << "the group's sum is negative";
  EXPECT_EQ(range.min()[0], 0.0f);
}

TEST(RangeRule, FrozenRangesStayAndAreSettled) {
  const ModelPtr model = small_model();
  set_range_rule(*model, RangeRule::kFrozen);
  Ranges ranges(*model);
  Range& range = *ranges.find(model->layer("quant_relu"), "output");
  EXPECT_FALSE(range.converged());
  show(ranges, range, 0.0f, 3.0f, /*training=*/false);
  EXPECT_TRUE(range.converged());
  EXPECT_FALSE(range.learns());
  show(ranges, range, 0.0f, 9.0f, /*training=*/true);
  EXPECT_EQ(range.max()[0], 3.0f);
}

TEST(RangeRule, GoesBackToTheMovingAverage) {
  const ModelPtr model = small_model();
  auto& layer = dynamic_cast<QuantizedLayer&>(model->layer("quant_relu"));
  const QuantizerPtr before = layer.slots().back().quantizer;
  set_range_rule(*model, RangeRule::kLearned);
  EXPECT_EQ(layer.slots().back().quantizer->class_name(), "LearnedQuantizer");
  set_range_rule(*model, RangeRule::kMovingAverage);
  EXPECT_EQ(layer.slots().back().quantizer->class_name(), before->class_name());
  EXPECT_EQ(layer.slots().back().quantizer->config(), before->config());
  const auto& dense = dynamic_cast<const QuantizedLayer&>(model->layer("quant_dense"));
  EXPECT_EQ(dense.slots().front().quantizer->class_name(), "LastValueQuantizer") << "weights' have theirs";
}

TEST(RangeRule, Errors) {
  EXPECT_THROW(range_rule_from_name("learnt"), ValueError);
  EXPECT_THROW(set_range_rule(*small_model(), RangeRule::kLearned, 0.0), ValueError);
  const Tensor x = input({4});
  const ModelPtr model = make_model(x, layers::dense(x, {.units = 3}));
  model->initialize(3);
  EXPECT_THROW(set_range_rule(*model, RangeRule::kLearned), ValueError);
}

}  // namespace
}  // namespace nudge::quantize
