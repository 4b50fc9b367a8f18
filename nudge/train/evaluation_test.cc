#include "nudge/train/evaluation.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/train/test_patterns.h"

namespace nudge::train {
namespace {

using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::ThrowsMessage;

// Sure of the class whose row is brightest.
std::vector<Array> brightest_row(const std::vector<Array>& inputs) {
  const Array& x = inputs.front();
  Array scores({x.shape()[0], kPatternClasses});
  for (int64_t n = 0; n < x.shape()[0]; ++n) {
    const float* picture = x.data<float>() + n * 32;
    float* row = scores.data<float>() + n * kPatternClasses;
    for (int64_t i = 0; i < 24; ++i) row[i / 8] += picture[i] / 8;
  }
  return {scores};
}

std::vector<Array> always_first(const std::vector<Array>& inputs) {
  const Array& x = inputs.front();
  Array scores({x.shape()[0], kPatternClasses});
  for (int64_t n = 0; n < x.shape()[0]; ++n) scores.data<float>()[n * kPatternClasses] = 1.0f;
  return {scores};
}

TEST(Evaluate, WeighsThePicturesAlikeWhateverTheBatch) {
  const auto source = pattern_source();
  const Objective objective = sparse_categorical_crossentropy(true);
  std::vector<Evaluation> results;
  for (const int64_t batch : {1, 7, 1000}) {
    data::Loader loader(source, pattern_options(data::Split::kTest, batch));
    results.push_back(evaluate(brightest_row, loader, objective));
  }
  const auto items = source->items(data::Split::kTest);
  for (const Evaluation& result : results) {
    EXPECT_EQ(result.count, static_cast<int64_t>(items.size()));
    EXPECT_THAT(result.items, ElementsAreArray(items)) << "in the loader's order";
    EXPECT_EQ(result.labels.size(), items.size());
    EXPECT_EQ(result.predictions.shape(), (Shape{result.count, kPatternClasses}));
    EXPECT_GT(result.accuracy, 0.95);
    EXPECT_NEAR(result.loss, results[0].loss, 1e-9);
    EXPECT_NEAR(result.accuracy, results[0].accuracy, 1e-12);
  }
}

TEST(Evaluate, StartsOverAndMayStopEarly) {
  data::Loader loader(pattern_source(), pattern_options(data::Split::kTrain, 10));
  const Objective objective = sparse_categorical_crossentropy();
  loader.next();
  const Evaluation some = evaluate(brightest_row, loader, objective, 2);
  EXPECT_EQ(some.count, 20);
  const Evaluation all = evaluate(brightest_row, loader, objective, 100'000);
  EXPECT_EQ(all.count, loader.size()) << "one pass at most";
  EXPECT_EQ(evaluate(brightest_row, loader, objective, 2).items, some.items);
}

TEST(Disagreement, IsTheShareOfPicturesInAnotherClass) {
  data::Loader loader(pattern_source(), pattern_options(data::Split::kTest));
  const Objective objective = sparse_categorical_crossentropy(true);
  const Evaluation right = evaluate(brightest_row, loader, objective);
  const Evaluation first = evaluate(always_first, loader, objective);
  EXPECT_EQ(disagreement(right, right), 0.0);
  const double of_first = static_cast<double>(std::count(right.labels.begin(), right.labels.end(), 0)) /
                          static_cast<double>(right.count);
  EXPECT_NEAR(first.accuracy, of_first, 1e-12);
  EXPECT_NEAR(disagreement(right, first), 1 - of_first, 0.05);
  EXPECT_THAT([&] { disagreement(right, evaluate(always_first, loader, objective, 1)); },
              ThrowsMessage<ValueError>(HasSubstr("different data")));
}

}  // namespace
}  // namespace nudge::train
