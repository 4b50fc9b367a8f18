#include "nudge/train/learning_rate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

using testing::DoubleNear;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(RateSchedule, CosineFallsFromOneToItsEnd) {
  const RateSchedule plain = cosine_rate(), raised = cosine_rate({.end = 0.2});
  EXPECT_DOUBLE_EQ(plain(0, 10), 1.0);
  EXPECT_NEAR(plain(5, 10), 0.5, 1e-12);
  EXPECT_NEAR(plain(10, 10), 0.0, 1e-12);
  EXPECT_NEAR(plain(11, 10), 0.0, 1e-12) << "it does not rise again";
  EXPECT_NEAR(raised(5, 10), 0.6, 1e-12);
  EXPECT_NEAR(raised(10, 10), 0.2, 1e-12);
}

TEST(RateSchedule, StepsFallEverySoManyEpochs) {
  const RateSchedule schedule = step_rate({.every = 2, .factor = 0.5});
  EXPECT_DOUBLE_EQ(schedule(1.99, 10), 1.0);
  EXPECT_DOUBLE_EQ(schedule(2.0, 10), 0.5);
  EXPECT_DOUBLE_EQ(schedule(5.0, 10), 0.25);
}

TEST(RateSchedule, WarmupClimbsIntoTheSchedule) {
  const RateSchedule schedule = with_warmup(step_rate({.every = 3, .factor = 0.5}), 2);
  EXPECT_DOUBLE_EQ(schedule(0.5, 10), 0.25);
  EXPECT_DOUBLE_EQ(schedule(2.0, 10), 1.0);
  EXPECT_DOUBLE_EQ(schedule(3.0, 10), 0.5);
  EXPECT_DOUBLE_EQ(with_warmup(constant_rate(), 0)(0, 10), 1.0);
}

TEST(RateSchedule, OptionsOutOfRangeAreRefused) {
  EXPECT_THAT([] { cosine_rate({.end = 1.5}); }, ThrowsMessage<ValueError>(HasSubstr("end is 1.5")));
  EXPECT_THAT([] { step_rate({.every = 0}); }, ThrowsMessage<ValueError>(HasSubstr("every is 0")));
  EXPECT_THAT([] { step_rate({.factor = -1}); }, ThrowsMessage<ValueError>(HasSubstr("factor is -1")));
  EXPECT_THAT([] { with_warmup(constant_rate(), -1); }, ThrowsMessage<ValueError>(HasSubstr("warmup is -1")));
}

TEST(LearningRateScheduler, SetsTheRateOfEveryStepFromWhereTrainingBegan) {
  const auto optimizer = sgd({.learning_rate = 0.5});
  LearningRateScheduler scheduler(*optimizer, [](double done, double epochs) { return done / epochs; });
  TrainingState state{.epoch = 3, .epochs = 5, .steps = 2};
  std::vector<double> rates;
  for (; state.epoch < state.epochs; ++state.epoch) {
    state.step = 0;
    scheduler.on_epoch_begin(state);
    for (; state.step < state.steps; ++state.step) {
      rates.push_back(optimizer->learning_rate());
      scheduler.on_batch_end(state, {});
    }
  }
  // The middles of the four steps of two epochs.
  EXPECT_THAT(rates, ElementsAre(DoubleNear(0.5 * 0.125, 1e-12), DoubleNear(0.5 * 0.375, 1e-12),
                                 DoubleNear(0.5 * 0.625, 1e-12), DoubleNear(0.5 * 0.875, 1e-12)));
}

TEST(LearningRateScheduler, GoesOnFromItsState) {
  const auto optimizer = sgd({.learning_rate = 0.5});
  const RateSchedule share = [](double done, double epochs) { return done / epochs; };
  LearningRateScheduler first(*optimizer, share);
  TrainingState state{.epoch = 3, .epochs = 5, .steps = 2};
  first.on_epoch_begin(state);
  optimizer->set_learning_rate(0.5);
  LearningRateScheduler second(*optimizer, share);
  second.restore(first.state());
  state.epoch = 4;
  state.step = 1;
  second.on_epoch_begin(state);
  EXPECT_NEAR(optimizer->learning_rate(), 0.5 * 0.875, 1e-12) << "the last of four steps";
  EXPECT_THROW(second.restore({.text = "three"}), InputError);
}

}  // namespace
}  // namespace nudge::train
