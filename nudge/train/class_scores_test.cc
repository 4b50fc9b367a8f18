#include "nudge/train/class_scores.h"

#include <gmock/gmock.h>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

using testing::ElementsAre;
using testing::FloatNear;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ClassScores, OneOutputStandsForTwoClasses) {
  EXPECT_EQ(class_count(1), 2);
  EXPECT_EQ(class_count(2), 2);
  EXPECT_EQ(class_count(5), 5);
  const Array scores = class_scores(Array::of<float>({3, 1}, {0.996f, 0.5f, 0.25f}), false);
  EXPECT_EQ(scores.shape(), (Shape{3, 2}));
  EXPECT_THAT(scores.span<float>(), ElementsAre(FloatNear(0.004f, 1e-6f), 0.996f, 0.5f, 0.5f, 0.75f, 0.25f));
  EXPECT_THAT(argmax_rows(scores), ElementsAre(1, 0, 0)) << "class 1 is above one half, as in Keras";
}

TEST(ClassScores, OneLogitIsClassOneAboveZero) {
  const Array scores = class_scores(Array::of<float>({4, 1}, {0.1f, -0.1f, 200.0f, -200.0f}), true);
  EXPECT_THAT(argmax_rows(scores), ElementsAre(1, 0, 1, 0));
  EXPECT_NEAR(scores.data<float>()[1], 0.5249792f, 1e-6) << "a probability";
  EXPECT_EQ(scores.data<float>()[5], 1.0f);
  EXPECT_EQ(scores.data<float>()[7], 0.0f);
}

TEST(ClassScores, SeveralOutputsAreTheScores) {
  const Array logits = Array::of<float>({1, 3}, {-3.0f, 2.0f, 9.0f});
  for (const bool from_logits : {false, true})
    EXPECT_TRUE(identical(class_scores(logits, from_logits), logits));
  EXPECT_THAT(
      [] {
        class_scores(Array({2, 3, 3}), false);
      },
      ThrowsMessage<ValueError>(HasSubstr("(batch, classes), given (2, 3, 3)")));
  EXPECT_THROW(argmax_rows(Array({4})), ValueError);
}

TEST(Accuracy, CountsTheLargestScores) {
  const Array scores = Array::of<float>({4, 2}, {0.9f, 0.1f, 0.5f, 0.5f, 0.2f, 0.8f, 0.6f, 0.4f});
  EXPECT_THAT(argmax_rows(scores), ElementsAre(0, 0, 1, 0)) << "the first of equals";
  EXPECT_EQ(accuracy(Array::of<int32_t>({4}, {0, 1, 1, 1}), scores), 0.5);
  EXPECT_EQ(accuracy(Array::of<float>({4, 2}, {1, 0, 1, 0, 0, 1, 0, 1}), scores), 0.75);
  EXPECT_EQ(accuracy(Array::of<float>({4, 1}, {0, 0, 1, 1}), scores), 0.75) << "labels of one output";
  EXPECT_THROW(accuracy(Array::of<int32_t>({1}, {0}), scores), ValueError);
}

}  // namespace
}  // namespace nudge::train
