#include "nudge/train/loss.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

Array probabilities() {
  return Array::of<float>({3, 3}, {0.7f, 0.2f, 0.1f, 0.05f, 0.9f, 0.05f, 0.3f, 0.3f, 0.4f});
}
Array logits() {
  return Array::of<float>({3, 3}, {2.0f, -1.0f, 0.5f, 0.0f, 3.0f, -200.0f, -1.0f, 0.25f, 0.75f});
}
Array classes() { return Array::of<int32_t>({3}, {0, 1, 2}); }
Array one_hot() { return Array::of<float>({3, 3}, {1, 0, 0, 0, 1, 0, 0, 0, 1}); }
Array soft() { return Array::of<float>({3, 3}, {0.8f, 0.1f, 0.1f, 0.1f, 0.8f, 0.1f, 0.2f, 0.2f, 0.6f}); }

void expect_gradient(const Loss& loss, const Array& labels, const Array& predictions) {
  Array gradient;
  loss.compute(labels, predictions, &gradient);
  ASSERT_EQ(gradient.shape(), predictions.shape());
  Array moved = predictions.clone();
  for (int64_t i = 0; i < moved.size(); ++i) {
    float& element = moved.data<float>()[i];
    const float kept = element, step = 1e-3f;
    element = kept + step;
    const double above = loss.compute(labels, moved, nullptr);
    element = kept - step;
    const double below = loss.compute(labels, moved, nullptr);
    element = kept;
    EXPECT_NEAR(static_cast<double>(gradient.data<float>()[i]), (above - below) / 2e-3, 2e-4)
        << "element " << i;
  }
}

// The expected losses are those of Keras 3.
TEST(Crossentropy, OfLogitsIsKeras) {
  EXPECT_NEAR(sparse_categorical_crossentropy(true)->compute(classes(), logits(), nullptr), 0.28889438, 1e-6);
  EXPECT_NEAR(categorical_crossentropy(true)->compute(one_hot(), logits(), nullptr), 0.28889438, 1e-6);
  EXPECT_NEAR(categorical_crossentropy(true)->compute(soft(), logits(), nullptr), 7.45556116, 1e-5);
}

TEST(Crossentropy, OfProbabilitiesIsKerasAndClipsThem) {
  const Array certain_and_wrong =
      Array::of<float>({3, 3}, {0.7f, 0.2f, 0.1f, 0.05f, 0.9f, 0.05f, 1.0f, 0.0f, 0.0f});
  EXPECT_NEAR(sparse_categorical_crossentropy()->compute(classes(), certain_and_wrong, nullptr), 5.5267105,
              1e-5);
  EXPECT_NEAR(categorical_crossentropy()->compute(soft(), certain_and_wrong, nullptr), 4.7514844, 1e-5);
}

TEST(Crossentropy, GradientsAreFiniteDifferences) {
  Array moderate = logits();
  moderate.data<float>()[5] = -2.0f;  // -200 is too coarse for differences of floats
  expect_gradient(*sparse_categorical_crossentropy(true), classes(), moderate);
  expect_gradient(*categorical_crossentropy(true), soft(), moderate);
  expect_gradient(*sparse_categorical_crossentropy(), classes(), probabilities());
  expect_gradient(*categorical_crossentropy(), soft(), probabilities());
}

TEST(Crossentropy, GradientAtTheClipIsFinite) {
  Array gradient;
  const auto loss = sparse_categorical_crossentropy();
  loss->compute(Array::of<int32_t>({2}, {0, 1}), Array::of<float>({2, 2}, {1, 0, 1, 0}), &gradient);
  EXPECT_EQ(gradient.data<float>()[0], 0.0f) << "certain and right: nothing to gain";
  EXPECT_LT(gradient.data<float>()[3], -1e5f) << "certain and wrong: the way back stays open";
  EXPECT_TRUE(std::isfinite(gradient.data<float>()[3]));
}

// Keras 3: an untrained head of five sigmoids is not better than chance, ln 5, however small its outputs.
TEST(Crossentropy, RowsAreDividedByTheirSum) {
  const Array row = Array::of<float>({1, 3}, {0.2f, 0.5f, 0.3f}), label = Array::of<int32_t>({1}, {1});
  for (const float factor : {0.001f, 1.0f, 7.0f}) {
    Array scaled = row.clone();
    for (float& value : scaled.span<float>()) value *= factor;
    for (const char* name : {"sparse_categorical_crossentropy", "categorical_crossentropy"}) {
      Array gradient;
      EXPECT_NEAR(loss_from_name(name)->compute(label, scaled, &gradient), std::log(2.0), 1e-6);
      double along = 0;  // no step along the row itself changes its shares
      for (int64_t c = 0; c < 3; ++c)
        along += static_cast<double>(gradient.data<float>()[c] * scaled.data<float>()[c]);
      EXPECT_NEAR(along, 0.0, 1e-6);
    }
  }
}

TEST(Crossentropy, OfARowOfZerosIsThatOfChance) {
  Array gradient;
  const auto loss = sparse_categorical_crossentropy();
  EXPECT_NEAR(loss->compute(Array::of<int32_t>({1}, {2}), Array({1, 4}), &gradient), std::log(4.0), 1e-6);
  EXPECT_TRUE(std::isfinite(gradient.data<float>()[2]));
}

// Keras 3.
TEST(BinaryCrossentropy, ClipsCertainty) {
  const auto loss = binary_crossentropy();
  const Array certain = Array::of<float>({2, 1}, {1, 0});
  Array gradient;
  EXPECT_NEAR(loss->compute(Array::of<int32_t>({2}, {1, 0}), certain, &gradient), 1.192093e-07, 1e-7);
  EXPECT_EQ(gradient.data<float>()[0], 0.0f) << "certain and right: nothing to gain";
  EXPECT_EQ(gradient.data<float>()[1], 0.0f);
  EXPECT_NEAR(loss->compute(Array::of<int32_t>({2}, {0, 1}), certain, &gradient), 16.03024, 1e-3);
  EXPECT_GT(gradient.data<float>()[0], 1e5f) << "certain and wrong: the way back stays open";
  EXPECT_LT(gradient.data<float>()[1], -1e5f);
}

TEST(BinaryCrossentropy, OfLogitsStaysFiniteFarOut) {
  Array gradient;
  const Array far = Array::of<float>({2, 1}, {500, -500});
  EXPECT_NEAR(binary_crossentropy(true)->compute(Array::of<int32_t>({2}, {0, 1}), far, &gradient), 500, 1e-3);
  EXPECT_EQ(gradient.data<float>()[0], 0.5f);
  EXPECT_EQ(gradient.data<float>()[1], -0.5f);
}

TEST(BinaryCrossentropy, SaysWhatDoesNotFit) {
  const Array one = Array::of<float>({2, 1}, {0.3f, 0.6f});
  EXPECT_THAT(
      [&] {
        binary_crossentropy()->compute(Array::of<int32_t>({2}, {1, 2}), one, nullptr);
      },
      ThrowsMessage<ValueError>(HasSubstr("label 2 is outside the model's 2 classes")));
  EXPECT_THAT(
      [&] {
        sparse_categorical_crossentropy()->compute(Array::of<int32_t>({2}, {1, 0}), one, nullptr);
      },
      ThrowsMessage<ValueError>(
          AllOf(HasSubstr("an output for each class"), HasSubstr("binary_crossentropy"))));
}

TEST(Crossentropy, ClassNumbersStandForOneHotRows) {
  const auto loss = categorical_crossentropy();
  EXPECT_EQ(loss->compute(classes(), probabilities(), nullptr),
            loss->compute(one_hot(), probabilities(), nullptr));
}

TEST(Crossentropy, NanPredictionsGiveANanLoss) {
  const Array bad = Array::of<float>({1, 2}, {NAN, 0.5f});
  const Array label = Array::of<int32_t>({1}, {0});
  EXPECT_TRUE(std::isnan(sparse_categorical_crossentropy()->compute(label, bad, nullptr)));
  EXPECT_TRUE(std::isnan(sparse_categorical_crossentropy(true)->compute(label, bad, nullptr)));
}

TEST(CrossentropyErrors, SayWhatDoesNotFit) {
  const auto sparse = sparse_categorical_crossentropy(), full = categorical_crossentropy();
  EXPECT_THAT(
      [&] {
        sparse->compute(Array::of<int32_t>({3}, {0, 3, 1}), probabilities(), nullptr);
      },
      ThrowsMessage<ValueError>(HasSubstr("label 3 is outside the model's 3 classes")));
  EXPECT_THROW(sparse->compute(Array::of<int32_t>({3}, {0, -1, 1}), probabilities(), nullptr), ValueError);
  EXPECT_THAT(
      [&] {
        sparse->compute(Array::of<int32_t>({2}, {0, 1}), probabilities(), nullptr);
      },
      ThrowsMessage<ValueError>(AllOf(HasSubstr("(3,)"), HasSubstr("given (2,)"))));
  EXPECT_THAT([&] { sparse->compute(one_hot(), probabilities(), nullptr); },
              ThrowsMessage<ValueError>(
                  AllOf(HasSubstr("sparse_categorical_crossentropy"), HasSubstr("int32 class numbers"))));
  EXPECT_THAT([&] { full->compute(Array({3}, DataType::kInt64), probabilities(), nullptr); },
              ThrowsMessage<ValueError>(HasSubstr("one-hot float32 rows")));
  EXPECT_THROW(full->compute(Array({3, 2}), probabilities(), nullptr), ValueError);
  EXPECT_THAT(
      [&] {
        full->compute(one_hot(), Array({3, 1, 3}), nullptr);
      },
      ThrowsMessage<ValueError>(HasSubstr("labels of shape (3, 1, 3) are needed, given (3, 3)")));
  EXPECT_THAT([&] { full->compute(one_hot(), Array({3}), nullptr); },
              ThrowsMessage<ValueError>(HasSubstr("(batch, ..., outputs), given (3,)")));
  EXPECT_THAT(
      [&] {
        mean_squared_error()->compute(Array({3}, DataType::kInt64), Array({3, 1}), nullptr);
      },
      ThrowsMessage<ValueError>(HasSubstr("float32 numbers as labels, given int64")));
}

TEST(LossFromName, KnowsKerasNames) {
  for (const char* name : {"sparse_categorical_crossentropy", "categorical_crossentropy"}) {
    const auto from_logits = loss_from_name(std::string(name) + "_from_logits");
    EXPECT_NEAR(from_logits->compute(classes(), logits(), nullptr), 0.28889438, 1e-6);
  }
  EXPECT_EQ(loss_names().size(), 13U);
  for (const std::string& name : loss_names()) {
    EXPECT_EQ(loss_from_name(name)->name(), name);
    EXPECT_EQ(loss_from_name(name)->from_logits(), name.ends_with("_from_logits"));
  }
  EXPECT_THAT([] { loss_from_name("beauty"); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'beauty'"), HasSubstr("categorical_crossentropy"))));
}

}  // namespace
}  // namespace nudge::train
