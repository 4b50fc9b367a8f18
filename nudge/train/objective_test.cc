#include "nudge/train/objective.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Key;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

// A class and a number; a third output is not trained.
Objective of_three() {
  Goal kind = goal_of(sparse_categorical_crossentropy()), depth = goal_of(mean_squared_error());
  depth.weight = 0.5;
  std::vector<Goal> goals{kind, depth, Goal{}};
  Objective objective(std::move(goals));
  objective.name_outputs({"kind", "depth", "code"});
  return objective;
}

data::Batch batch_of_two() {
  data::Batch batch;
  batch.inputs = {Array({2, 1})};
  batch.targets = {Array::of<int32_t>({2}, {0, 1}), Array::of<float>({2}, {1, 2})};
  return batch;
}

std::vector<Array> predictions() {
  return {Array::of<float>({2, 2}, {0.5f, 0.5f, 0.75f, 0.25f}), Array::of<float>({2, 1}, {1, 4}),
          Array({2, 3})};
}

TEST(Objective, IsTheWeighedSumOfItsLosses) {
  std::vector<Array> gradients;
  const auto losses = of_three().losses(batch_of_two(), predictions(), &gradients);
  const double kind = (std::log(2.0) + std::log(4.0)) / 2, depth = 2;
  EXPECT_NEAR(losses.each[0], kind, 1e-7);
  EXPECT_NEAR(losses.each[1], depth, 1e-7);
  EXPECT_NEAR(losses.total, kind + 0.5 * depth, 1e-7);
  EXPECT_TRUE(identical(gradients[1], Array::of<float>({2, 1}, {0, 1}))) << "half of 2 * 2 / 2";
  EXPECT_TRUE(identical(gradients[2], Array({2, 3}))) << "an output without a loss has no gradient";
}

TEST(Objective, SampleWeightsAreKeras) {
  data::Batch batch = batch_of_two();
  batch.weights = {Array::of<float>({2}, {3, 1})};
  const auto losses = of_three().losses(batch, predictions(), nullptr);
  EXPECT_NEAR(losses.each[0], (3 * std::log(2.0) + std::log(4.0)) / 2, 1e-7)
      << "the sum is divided by the number of items, not of weights";
  EXPECT_NEAR(losses.each[1], 2.0, 1e-7);
  batch.weights = {Array({3})};
  EXPECT_THAT([&] { of_three().losses(batch, predictions(), nullptr); },
              ThrowsMessage<ValueError>(
                  AllOf(HasSubstr("output 'kind'"), HasSubstr("sample weights are float32 (2,)"))));
}

TEST(Tally, TellsLossesAndMetricsByKerasNames) {
  const Objective objective = of_three();
  Tally tally(objective);
  const data::Batch batch = batch_of_two();
  const auto losses = objective.losses(batch, predictions(), nullptr);
  tally.add(losses, losses.total + 0.25, batch, predictions());
  const Logs logs = tally.logs();
  EXPECT_THAT(logs, UnorderedElementsAre(Key("loss"), Key("kind_loss"), Key("depth_loss"),
                                         Key("kind_accuracy"), Key("depth_mean_absolute_error")));
  EXPECT_NEAR(logs.at("loss"), losses.total + 0.25, 1e-9);
  EXPECT_EQ(logs.at("kind_accuracy"), 0.5);
  EXPECT_EQ(logs.at("depth_mean_absolute_error"), 1.0);
  EXPECT_EQ(tally.items(), 2);

  Tally again(objective);
  again.restore(tally.sums());
  EXPECT_EQ(again.logs(), logs);
  Tally::Sums sums = tally.sums();
  sums.erase("kind_accuracy");
  EXPECT_THAT([&] { Tally(objective).restore(sums); },
              ThrowsMessage<InputError>(HasSubstr("sums of 'kind_accuracy' are missing")));
}

// What a program outside the library may derive.
class Distance : public Loss {
 public:
  std::string name() const override { return "distance"; }

 protected:
  Targets::Form form() const override { return Targets::Form::kNumbers; }
  double row(std::span<const double> target, std::span<double> predicted,
             std::span<double> gradient) const override {
    gradient[0] = predicted[0] > target[0] ? 1 : -1;
    return std::abs(predicted[0] - target[0]);
  }
};

std::string only_loss(const Objective& objective) { return objective.goals().at(0).loss->name(); }

TEST(Objective, IsMadeOfALossOfOnesOwn) {
  EXPECT_EQ(only_loss(std::make_shared<Distance>()), "distance");
  EXPECT_EQ(only_loss(std::make_shared<const Distance>()), "distance");
  EXPECT_EQ(only_loss(std::make_unique<Distance>()), "distance");
  EXPECT_EQ(only_loss(std::shared_ptr<Loss>(mean_squared_error())), "mean_squared_error");
  static_assert(!std::is_constructible_v<Objective, std::shared_ptr<Metric>>);
}

TEST(ObjectiveErrors, SayWhatDoesNotFit) {
  EXPECT_THAT([] { Objective(std::shared_ptr<Distance>()); },
              ThrowsMessage<ValueError>(HasSubstr("the loss is null")));
  EXPECT_THAT([] { Objective(std::vector<Goal>(2)); },
              ThrowsMessage<ValueError>(HasSubstr("no output has a loss")));
  Goal goal = goal_of(mean_squared_error());
  goal.name = "depth";
  goal.weight = NAN;
  EXPECT_THAT([&] { Objective(std::vector<Goal>{goal}); },
              ThrowsMessage<ValueError>(HasSubstr("loss weight of output 'depth' is not finite")));
  data::Batch batch = batch_of_two();
  batch.targets.pop_back();
  EXPECT_THAT([&] { of_three().losses(batch, predictions(), nullptr); },
              ThrowsMessage<ValueError>(
                  AllOf(HasSubstr("output 'depth'"), HasSubstr("no target for loss mean_squared_error"))));
  EXPECT_THAT(
      [&] {
        of_three().losses(batch, {Array({2, 2})}, nullptr);
      },
      ThrowsMessage<ValueError>(HasSubstr("has 1 outputs, there are losses for 3")));
  Goal told = goal_of(mean_squared_error());
  told.loss = nullptr;
  told.name = "code";
  const Objective objective(std::vector<Goal>{goal_of(sparse_categorical_crossentropy()), told});
  Tally tally(objective);
  EXPECT_THAT(
      [&] {
        tally.add({0, {0, 0}}, 0, batch, {Array({2, 2}), Array({2, 1})});
      },
      ThrowsMessage<ValueError>(HasSubstr("output 'code': the data have no target for its metrics")));
}

}  // namespace
}  // namespace nudge::train
