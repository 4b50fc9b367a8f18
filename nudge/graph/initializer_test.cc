#include "nudge/graph/initializer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr uint64_t kSeed = 7;

Array filled(const Initializer& initializer, const Shape& shape, uint64_t seed = kSeed) {
  Array array(shape);
  Random random(seed);
  initializer.fill(array, random);
  return array;
}

struct Statistics {
  double mean = 0, deviation = 0, largest = 0;
};

Statistics statistics_of(const Array& array) {
  double sum = 0, squares = 0, largest = 0;
  for (const float value : array.span<float>()) {
    const auto v = static_cast<double>(value);
    sum += v;
    squares += v * v;
    largest = std::max(largest, std::abs(v));
  }
  const double n = static_cast<double>(array.size()), mean = sum / n;
  return {mean, std::sqrt(squares / n - mean * mean), largest};
}

struct Family {
  const char* name;
  double variance;  // for a kernel (3, 3, 16, 64): fan_in 144, fan_out 576
  bool uniform;
};

class VarianceFamily : public testing::TestWithParam<Family> {};

TEST_P(VarianceFamily, HasKerasSpread) {
  SCOPED_TRACE(kSeed);
  const auto& [name, variance, uniform] = GetParam();
  const Statistics found = statistics_of(filled({.name = name}, {3, 3, 16, 64}));
  const double deviation = std::sqrt(variance);
  EXPECT_NEAR(found.mean, 0, deviation / 20);
  EXPECT_NEAR(found.deviation, deviation, deviation / 50);
  // Truncated at two deviations of the normal it was cut from, whose own is larger by 1 / 0.8796.
  const double limit = uniform ? deviation * std::sqrt(3.0) : 2 * deviation / 0.87962566103423978;
  EXPECT_LE(found.largest, limit * 1.000001);
  EXPECT_GT(found.largest, limit * 0.98);
}

INSTANTIATE_TEST_SUITE_P(
    Keras, VarianceFamily,
    testing::Values(Family{"GlorotUniform", 1.0 / 360, true}, Family{"GlorotNormal", 1.0 / 360, false},
                    Family{"HeUniform", 2.0 / 144, true}, Family{"HeNormal", 2.0 / 144, false},
                    Family{"LecunUniform", 1.0 / 144, true}, Family{"LecunNormal", 1.0 / 144, false}),
    [](const auto& tested) { return std::string(tested.param.name); });

TEST(Initializer, VarianceScalingTakesModeAndDistribution) {
  SCOPED_TRACE(kSeed);
  const Shape shape{200, 300};
  const auto deviation = [&](const char* mode, const char* distribution) {
    return statistics_of(
               filled({.name = "VarianceScaling", .scale = 4, .mode = mode, .distribution = distribution},
                      shape))
        .deviation;
  };
  EXPECT_NEAR(deviation("fan_in", "uniform"), std::sqrt(4.0 / 200), 0.002);
  EXPECT_NEAR(deviation("fan_out", "truncated_normal"), std::sqrt(4.0 / 300), 0.002);
  EXPECT_NEAR(deviation("fan_avg", "untruncated_normal"), std::sqrt(4.0 / 250), 0.002);
}

TEST(Initializer, PlainDistributions) {
  SCOPED_TRACE(kSeed);
  const Shape shape{100, 100};
  EXPECT_THAT(filled(Initializer::zeros(), {5}).span<float>(), Each(0.0f));
  EXPECT_THAT(filled(Initializer::ones(), {5}).span<float>(), Each(1.0f));
  EXPECT_THAT(filled(Initializer::constant(-2.5), {5}).span<float>(), Each(-2.5f));
  const Statistics normal = statistics_of(filled({.name = "RandomNormal", .mean = 1, .stddev = 0.2}, shape));
  EXPECT_NEAR(normal.mean, 1, 0.01);
  EXPECT_NEAR(normal.deviation, 0.2, 0.005);
  const Statistics cut = statistics_of(filled({.name = "TruncatedNormal", .stddev = 0.5}, shape));
  EXPECT_LE(cut.largest, 1.0);
  const Statistics uniform =
      statistics_of(filled({.name = "RandomUniform", .minval = -1, .maxval = 3}, shape));
  EXPECT_NEAR(uniform.mean, 1, 0.05);
  EXPECT_LE(uniform.largest, 3);
}

TEST(Initializer, IdentityIsTheMatrix) {
  const Initializer twice{.name = "Identity", .gain = 2};
  EXPECT_THAT(filled(twice, {2, 3}).span<float>(), testing::ElementsAre(2, 0, 0, 0, 2, 0));
  EXPECT_THAT(
      [&] {
        filled(twice, {2, 2, 2});
      },
      ThrowsMessage<ShapeError>(HasSubstr("Identity takes matrices")));
}

TEST(Initializer, OrthogonalVectorsAre) {
  SCOPED_TRACE(kSeed);
  const Initializer orthogonal{.name = "Orthogonal", .gain = 1.5};
  for (const Shape& shape : {Shape{7, 4}, Shape{4, 7}, Shape{3, 3, 2, 8}, Shape{5, 5}}) {
    SCOPED_TRACE(to_string(shape));
    const Array filled_in = filled(orthogonal, shape);
    const int64_t columns = shape.back(), rows = filled_in.size() / columns;
    const bool of_rows = rows < columns;
    const auto element = [&](int64_t vector, int64_t k) {
      return static_cast<double>(
          filled_in.data<float>()[of_rows ? vector * columns + k : k * columns + vector]);
    };
    for (int64_t i = 0; i < std::min(rows, columns); ++i) {
      for (int64_t j = 0; j <= i; ++j) {
        double product = 0;
        for (int64_t k = 0; k < std::max(rows, columns); ++k) product += element(i, k) * element(j, k);
        EXPECT_NEAR(product, i == j ? 1.5 * 1.5 : 0.0, 1e-6) << i << ", " << j;
      }
    }
  }
  EXPECT_THAT([&] { filled(orthogonal, {4}); }, ThrowsMessage<ShapeError>(HasSubstr("two dimensions")));
}

TEST(Initializer, FansFollowTheGivenAxes) {
  SCOPED_TRACE(kSeed);
  const Initializer he{.name = "HeNormal", .input_axes = {0}, .output_axes = {1, -1}};
  EXPECT_NEAR(statistics_of(filled(he, {100, 20, 10})).deviation, std::sqrt(2.0 / 100), 0.003);
  EXPECT_THAT(([] {
                filled({.name = "HeNormal", .input_axes = {3}, .output_axes = {1}}, {2, 2});
              }),
              ThrowsMessage<ShapeError>(HasSubstr("axis 3")));
  EXPECT_THROW(Initializer::from_json({{"class_name", "HeNormal"}, {"config", {{"input_axes", {"a"}}}}}),
               InputError);
}

TEST(Initializer, ASeedOfItsOwnDecides) {
  const Initializer seeded{.name = "GlorotUniform", .seed = 3};
  EXPECT_TRUE(identical(filled(seeded, {4, 4}, 1), filled(seeded, {4, 4}, 2)));
}

TEST(Initializer, FollowsItsGenerator) {
  const Initializer glorot{.name = "GlorotUniform"};
  EXPECT_TRUE(identical(filled(glorot, {4, 4}, 1), filled(glorot, {4, 4}, 1)));
  EXPECT_FALSE(identical(filled(glorot, {4, 4}, 1), filled(glorot, {4, 4}, 2)));
}

TEST(Initializer, ComesBackFromJson) {
  const Initializer initializers[] = {
      Initializer::zeros(),
      Initializer::ones(),
      Initializer::constant(3),
      {.name = "HeNormal", .seed = 4},
      {.name = "Identity"},
      {.name = "Orthogonal", .gain = 2},
      {.name = "LecunNormal", .input_axes = {0}, .output_axes = {1}},
      {.name = "RandomNormal", .mean = 2, .stddev = 0.5},
      {.name = "TruncatedNormal", .mean = 1, .stddev = 0.25},
      {.name = "RandomUniform", .minval = -3, .maxval = 4},
      {.name = "VarianceScaling", .scale = 3, .mode = "fan_out", .distribution = "uniform"}};
  for (const Initializer& initializer : initializers) {
    SCOPED_TRACE(initializer.name);
    const Initializer back = Initializer::from_json(initializer.to_json());
    EXPECT_EQ(back.name, initializer.name);
    EXPECT_TRUE(identical(filled(back, {20, 30}), filled(initializer, {20, 30})));
  }
}

TEST(Initializer, BareNamesAreUnderstood) {
  EXPECT_EQ(Initializer::from_json("glorot_uniform").name, "GlorotUniform");
  EXPECT_EQ(Initializer::from_json("zeros").name, "Zeros");
  EXPECT_EQ(Initializer::from_json("HeNormal").name, "HeNormal");
  EXPECT_EQ(Initializer::from_json("uniform").name, "RandomUniform");
  EXPECT_EQ(Initializer::from_json("orthogonal").name, "Orthogonal");
}

TEST(Initializer, UnknownNamesAreRefused) {
  EXPECT_THAT(([] {
                filled({.name = "Diagonal"}, {2, 2});
              }),
              ThrowsMessage<UnsupportedError>(HasSubstr("'Diagonal'")));
  EXPECT_THAT(([] {
                filled(Initializer::from_json("STFTInitializer"), {2, 2});
              }),
              ThrowsMessage<UnsupportedError>(HasSubstr("'STFT' is not supported")));
  EXPECT_THAT(([] {
                filled({.name = "VarianceScaling", .mode = "fan_sum"}, {2, 2});
              }),
              ThrowsMessage<UnsupportedError>(HasSubstr("'fan_sum'")));
  EXPECT_THAT(([] {
                filled({.name = "VarianceScaling", .distribution = "cauchy"}, {2, 2});
              }),
              ThrowsMessage<UnsupportedError>(HasSubstr("'cauchy'")));
}

}  // namespace
}  // namespace nudge
