#include "nudge/post_training/search.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <regex>

#include "nudge/post_training/quantize_model.h"
#include "nudge/post_training/sensitive_layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::post_training {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

ModelPtr searched_model() {
  const ModelPtr model = train::dense_model();
  model->initialize(1);
  data::Loader data(train::pattern_source(), train::pattern_options());
  train::Trainer(model, train::sgd({.learning_rate = 0.1}), train::sparse_categorical_crossentropy())
      .fit(data, nullptr, {.epochs = 3});
  return model;
}

TEST(SensitiveLayers, NamesWhatLosesMostFirst) {
  const ModelPtr model = searched_model();
  data::Loader data(train::pattern_source(), train::pattern_options());
  const ModelPtr quantized = quantize_model(*model, data);
  const std::vector<LayersTogether> before = sensitive_layers(quantized, data, 2);
  ASSERT_EQ(before.size(), 2U) << "the input is no layer that could stay float";
  // A range a hundred times too wide leaves few codes.
  quantize::Ranges ranges(*quantized);
  for (const auto& range : ranges.all()) {
    if (range->follows_weights() || range->name().find("hidden") == std::string::npos) continue;
    ranges.begin_step();
    const float low = 0, high = range->max()[0] * 1000;
    for (int i = 0; i < 100; ++i) range->observe({&low, 1}, {&high, 1}), ranges.begin_step();
  }
  EXPECT_THAT(sensitive_layers(quantized, data, 2).front(), ElementsAre("hidden"));
}

TEST(SensitiveLayers, AreAnExpressionThatMatchesThemAlone) {
  EXPECT_EQ(expression_of({}), "");
  const std::vector<LayersTogether> layers{{"conv.1", "bn(1)"}, {"a+b"}};
  const std::regex expression(expression_of(layers));
  for (const char* name : {"conv.1", "bn(1)", "a+b"}) EXPECT_TRUE(std::regex_match(name, expression)) << name;
  for (const char* name : {"convx1", "conv.11", "aab", ""})
    EXPECT_FALSE(std::regex_match(name, expression)) << name;
}

TEST(Search, TriesWhatThereIsTimeForAndTakesTheBest) {
  const ModelPtr model = searched_model();
  data::Loader calibration(train::pattern_source(), train::pattern_options());
  data::Loader validation(train::pattern_source(), train::pattern_options(data::Split::kTest));
  const SearchResult hurried = search(model, calibration, validation, {.seconds = 0});
  ASSERT_EQ(hurried.trials.size(), 1U);
  EXPECT_EQ(hurried.trials[0].calibration, Calibration{});

  std::vector<std::string> told;
  const SearchResult all = search(
      model, calibration, validation,
      {.seconds = 1e6, .tell = [&](const Trial& trial) { told.push_back(to_string(trial.calibration)); }});
  EXPECT_THAT(std::vector(told.begin(), told.begin() + 5),
              ElementsAre("average", "minmax", "percentile", "mse", "entropy"));
  ASSERT_EQ(all.trials.size(), 6U) << "one of the two layers is kept in float too";
  EXPECT_EQ(all.trials[5].float_layers, 1);
  EXPECT_FALSE(all.trials[5].keep_float.empty());
  EXPECT_NE(all.trials[5].bytes, all.trials[0].bytes);
  ASSERT_TRUE(quantize::is_quantized(*all.model));
  for (const Trial& trial : all.trials) {
    ASSERT_TRUE(trial.accuracy.has_value());
    EXPECT_GT(*trial.accuracy, 0.4);
    EXPECT_GT(trial.sqnr, 10);
    EXPECT_FALSE(better(trial, all.best));
  }
}

TEST(Search, AccuracyCountsBeforeDistance) {
  EXPECT_TRUE(better({.accuracy = 0.9, .sqnr = 1}, {.accuracy = 0.8, .sqnr = 50}));
  EXPECT_TRUE(better({.accuracy = 0.9, .sqnr = 2}, {.accuracy = 0.9, .sqnr = 1}));
  EXPECT_FALSE(better({.accuracy = 0.9, .sqnr = 1}, {.accuracy = 0.9, .sqnr = 1}));
  EXPECT_FALSE(better({.float_layers = 2, .accuracy = 0.9, .sqnr = 9}, {.accuracy = 0.9, .sqnr = 1}));
  EXPECT_TRUE(better({.float_layers = 2, .sqnr = 9}, {.sqnr = 1}));
  EXPECT_TRUE(better({.sqnr = std::numeric_limits<double>::infinity()}, {.sqnr = 90}));
}

}  // namespace
}  // namespace nudge::post_training
