#include "nudge/deploy/golden.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <set>

#include "nudge/base/error.h"
#include "nudge/deploy/test_small_model.h"
#include "nudge/tflite/evaluator.h"

namespace nudge::deploy {
namespace {

using testing::IsEmpty;
using testing::SizeIs;
using tflite::TensorType;

TEST(Golden, InputsVaryAndOutputsAreTheEvaluators) {
  const tflite::TfLiteModel file = small_model(TensorType::kFloat32);
  tflite::Evaluator evaluator(file);
  std::set<float> scores;
  for (const GoldenVector& vector : make_golden(file, 8, 1)) {
    EXPECT_TRUE(identical(evaluator.run(vector.inputs)[0], vector.outputs[0]));
    for (const float value : vector.inputs[0].span<float>()) {
      EXPECT_NEAR(value * 255, std::round(value * 255), 1e-3) << "off the grid behind";
    }
    for (const float score : vector.outputs[0].span<float>()) scores.insert(score);
  }
  EXPECT_GT(scores.size(), 10u) << "the outputs hardly vary";
}

TEST(Golden, DifferencesAreCounted) {
  const std::vector<GoldenVector> vectors = make_golden(small_model(), 2, 3);
  std::vector<std::vector<Array>> given;
  for (const GoldenVector& vector : vectors) given.push_back({vector.outputs[0].clone()});
  EXPECT_THAT(golden_differences(vectors, given), IsEmpty());
  given[1][0].data<int8_t>()[2] ^= 3;
  const auto differences = golden_differences(vectors, given);
  ASSERT_THAT(differences, SizeIs(1));
  EXPECT_EQ(differences[0].vector, 1u);
  EXPECT_EQ(differences[0].values, 1);
  EXPECT_EQ(differences[0].compared, 5);
  EXPECT_GE(differences[0].largest, 1);
}

TEST(Golden, FloatsMayDifferInTheirLastBits) {
  std::vector<GoldenVector> vectors{{{}, {Array::of<float>({2}, {1000.0f, 0.5f})}}};
  EXPECT_THAT(golden_differences(vectors, {{Array::of<float>({2}, {1000.001f, 0.500001f})}}), IsEmpty());
  EXPECT_THAT(golden_differences(vectors, {{Array::of<float>({2}, {1000.1f, 0.5f})}}), SizeIs(1));
  EXPECT_THAT(golden_differences(vectors, {{Array::of<float>({2}, {1000.0f, NAN})}}), SizeIs(1));
}

TEST(Golden, OtherOutputsAreRefused) {
  const std::vector<GoldenVector> vectors{{{}, {Array::of<float>({2}, {1, 2})}}};
  EXPECT_THROW(golden_differences(vectors, {}), InputError);
  EXPECT_THROW(golden_differences(vectors, {{}}), InputError);
  EXPECT_THROW(golden_differences(vectors, {{Array::of<float>({1, 2}, {1, 2})}}), InputError);
  EXPECT_THROW(golden_differences(vectors, {{Array::of<int32_t>({2}, {1, 2})}}), InputError);
}

}  // namespace
}  // namespace nudge::deploy
