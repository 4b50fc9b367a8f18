#include "nudge/quantize/quantizers.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/kernels/values/grid.h"
#include "nudge/quantize/scheme.h"

namespace nudge::quantize {
namespace {

struct State {
  std::vector<float> min{-6.0f}, max{6.0f};
  RangeProgress progress;

  void show(const Quantizer& quantizer, float low, float high, int times = 1) {
    const std::vector<float> lows(min.size(), low), highs(min.size(), high);
    for (int i = 0; i < times; ++i) quantizer.update(min, max, lows, highs, progress);
  }
};

TEST(LastValueQuantizer, WidensSymmetricRangesAsTfmot) {
  State wide, narrow, asymmetric;
  wide.show(LastValueQuantizer({.symmetric = true}), -0.2f, 1.0f);
  EXPECT_FLOAT_EQ(wide.min[0], -1.007874f);
  EXPECT_EQ(wide.max[0], 1.0f);
  narrow.show(LastValueQuantizer({.symmetric = true, .narrow_range = true}), -3.0f, 1.0f);
  EXPECT_EQ(narrow.min[0], -3.0f);
  EXPECT_EQ(narrow.max[0], 3.0f);
  asymmetric.show(LastValueQuantizer(QuantizerOptions{}), 0.5f, 1.0f);
  EXPECT_EQ(asymmetric.min[0], 0.0f);
}

TEST(MovingAverageQuantizer, MovesInFloatAsTfmot) {
  const MovingAverageQuantizer quantizer{QuantizerOptions{}};
  State state;
  float expected = 6.0f;
  for (int i = 0; i < 100; ++i) {
    state.show(quantizer, -1.0f, 1.7f);
    expected = expected - (expected - 1.7f) * static_cast<float>(1.0 - 0.999);
  }
  EXPECT_EQ(state.max[0], expected);
}

TEST(MovingAverageQuantizer, TheStartOfABiasedOneFadesSlowlyAndItsDistanceSaysSo) {
  const MovingAverageQuantizer quantizer{QuantizerOptions{}};
  State state;
  state.show(quantizer, 0.0f, 0.0f, 1000);
  EXPECT_NEAR(state.max[0], 2.2f, 0.01f);
  EXPECT_GT(state.progress.distance, 0.02);
  state.show(quantizer, 0.0f, 0.0f, 2000);
  EXPECT_NEAR(state.max[0], 0.30f, 0.005f);
  state.show(quantizer, 0.0f, 0.0f, 2000);
  EXPECT_NEAR(state.max[0], 0.04f, 0.001f);
}

TEST(MovingAverageQuantizer, ADebiasedOneStartsWithTheFirstBatchAndSettles) {
  const MovingAverageQuantizer quantizer({}, 0.999, true);
  State state;
  state.show(quantizer, -1.0f, 2.0f);
  EXPECT_EQ(state.min[0], -1.0f);
  EXPECT_EQ(state.max[0], 2.0f);
  state.show(quantizer, -1.0f, 4.0f);
  EXPECT_NEAR(state.max[0], 3.0f, 2e-3f);
  for (int i = 0; i < 30; ++i) state.show(quantizer, -1.0f, i % 2 == 0 ? 2.9f : 3.1f);
  EXPECT_LT(state.progress.distance, 0.02);
  EXPECT_EQ(state.progress.updates, 32);
}

TEST(MovingAverageQuantizer, RefusesChannelsAndOddDecays) {
  EXPECT_THROW(MovingAverageQuantizer({.per_axis = true}), ValueError);
  EXPECT_THROW(MovingAverageQuantizer({}, 1.0), ValueError);
}

TEST(AllValuesQuantizer, OnlyWidensAndHoldsZero) {
  const AllValuesQuantizer quantizer{QuantizerOptions{}};
  State state;
  state.min = state.max = {quantizer.options().init_max};
  state.show(quantizer, 0.5f, 2.0f);
  EXPECT_EQ(state.min[0], 0.0f);
  EXPECT_EQ(state.max[0], 2.0f);
  state.show(quantizer, -1.0f, 1.0f);
  EXPECT_EQ(state.min[0], -1.0f);
  EXPECT_EQ(state.max[0], 2.0f);
  EXPECT_GT(state.progress.distance, 0.02);
  state.show(quantizer, -1.0f, 1.0f, 30);
  EXPECT_LT(state.progress.distance, 0.02);
}

// Pixels as keras.applications scales them to [-1, 1].
TEST(AllValuesQuantizer, AMarginKeepsPixelsOffTheTiesBetweenCodes) {
  const auto nearest_tie = [](double margin) {
    const AllValuesQuantizer quantizer(QuantizerOptions{}, margin);
    State state;
    state.min = state.max = {0.0f};
    state.show(quantizer, -1.0f, 1.0f);
    const kernels::Grid grid = kernels::nudge_range(state.min[0], state.max[0]);
    double nearest = 1.0;
    for (int pixel = 0; pixel < 256; ++pixel) {
      const double code = (pixel / 127.5 - 1.0) / static_cast<double>(grid.scale);
      nearest = std::min(nearest, std::abs(code - std::floor(code) - 0.5));
    }
    return nearest;
  };
  EXPECT_LT(nearest_tie(0.0), 1e-5);
  EXPECT_GT(nearest_tie(nudge_scheme().input_margin), 1e-3);
}

TEST(AllValuesQuantizer, AMarginLeavesRangesFromZeroAlone) {
  const AllValuesQuantizer quantizer(QuantizerOptions{}, 0.1);
  State state;
  state.min = state.max = {0.0f};
  state.show(quantizer, 0.0f, 1.0f);
  EXPECT_EQ(state.max[0], 1.0f);
  EXPECT_THROW(AllValuesQuantizer(QuantizerOptions{}, -0.1), ValueError);
}

TEST(FixedQuantizer, HasNoVariables) {
  EXPECT_FALSE(FixedQuantizer({.init_min = 0.0f, .init_max = 1.0f}).has_range());
  EXPECT_THROW(FixedQuantizer({.init_min = 1.0f, .init_max = 0.0f}), ValueError);
}

TEST(Quantizer, ComesBackFromItsConfig) {
  const MovingAverageQuantizer quantizer({.num_bits = 4, .init_max = 3.0f}, 0.9, true);
  const QuantizerPtr again = quantizer_from_config(quantizer.class_name(), quantizer.config());
  EXPECT_EQ(again->config(), quantizer.config());
  EXPECT_THROW(quantizer_from_config("MovingAverageQuantiser", Json::object()), UnsupportedError);
  EXPECT_THROW(quantizer_from_config("LastValueQuantizer", {{"num_bits", "eight"}}), InputError);
}

TEST(Quantizer, CustomClassesCanBeRegistered) {
  register_quantizer("Mine",
                     [](const Json&) { return std::make_shared<FixedQuantizer>(QuantizerOptions{}); });
  EXPECT_EQ(quantizer_from_config("Mine", Json::object())->class_name(), "FixedQuantizer");
}

TEST(RangeShape, CountsChannelsOfTheLastAxes) {
  EXPECT_EQ(range_shape({}, {3, 3, 8, 2}), Shape{});
  EXPECT_EQ(range_shape({.per_axis = true}, {3, 3, 8, 2}), Shape{2});
  EXPECT_EQ(range_shape({.per_axis = true, .channel_axes = 2}, {3, 3, 8, 2}), Shape{16});
  EXPECT_THROW(range_shape({.per_axis = true}, {}), ValueError);
}

}  // namespace
}  // namespace nudge::quantize
