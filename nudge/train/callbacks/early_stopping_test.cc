#include "nudge/train/callbacks/early_stopping.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/callbacks/test_trainer.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

// The epoch after which training stops, or -1.
int stopped_after(const EarlyStoppingOptions& options, const std::vector<double>& values) {
  EarlyStopping callback(options);
  TrainingState state;
  for (const double value : values) {
    callback.on_epoch_end(state, {{options.monitor, value}});
    if (state.stop) return state.epoch;
    ++state.epoch;
  }
  return -1;
}

TEST(EarlyStopping, CountsEpochsWithoutImprovementAsKerasDoes) {
  const std::vector<double> losses{3, 2, 2.5, 1, 1.5, 1.25, 1.125, 1.0625};
  EXPECT_EQ(stopped_after({.patience = 0}, losses), 2);
  EXPECT_EQ(stopped_after({.patience = 1}, losses), 2);
  EXPECT_EQ(stopped_after({.patience = 2}, losses), 5);
  EXPECT_EQ(stopped_after({.patience = 4}, losses), 7);
  EXPECT_EQ(stopped_after({.patience = 5}, losses), -1);
}

TEST(EarlyStopping, LargerIsBetterForOtherThanLosses) {
  EXPECT_EQ(stopped_after({.monitor = "val_accuracy", .patience = 1}, {0.5, 0.6, 0.7, 0.65}), 3);
  EXPECT_EQ(stopped_after({.monitor = "val_loss", .patience = 1}, {0.7, 0.6, 0.5, 0.65}), 3);
}

TEST(EarlyStopping, SmallImprovementsDoNotCount) {
  EXPECT_EQ(stopped_after({.patience = 1, .min_delta = 0.5}, {3, 2, 1.75, 1}), 2);
  EXPECT_EQ(stopped_after({.patience = 1, .min_delta = 0}, {3, 2, 1.75, 1}), -1);
}

TEST(EarlyStopping, WaitsForTheRangesWhenAsked) {
  const Tensor in = nudge::input({4});
  const ModelPtr model = quantize::quantize_model(*make_model(in, layers::dense(in, {.units = 2})));
  model->initialize(1);
  quantize::Ranges ranges(*model);
  TrainingState state;
  state.ranges = &ranges;
  EarlyStopping callback({.ranges_settled = true});
  callback.on_epoch_end(state, {{"val_loss", 1.0}});
  for (state.epoch = 1; state.epoch < 4; ++state.epoch) callback.on_epoch_end(state, {{"val_loss", 2.0}});
  EXPECT_FALSE(state.stop) << "no range has seen anything yet";

  const std::vector<float> low{-1.0f}, high{1.0f};
  for (int step = 0; step < 200; ++step) {
    ranges.begin_step();
    for (const auto& range : ranges.all()) {
      if (!range->follows_weights()) range->observe(low, high);
    }
  }
  const auto convergence = ranges.convergence();
  ASSERT_EQ(convergence.converged, convergence.total);
  callback.on_epoch_end(state, {{"val_loss", 2.0}});
  EXPECT_TRUE(state.stop);
}

TEST(EarlyStopping, AMetricThatIsNotReportedIsNamed) {
  EarlyStopping callback({.monitor = "val_los"});
  TrainingState state;
  EXPECT_THAT(
      [&] {
        callback.on_epoch_end(state, {{"val_loss", 1.0}});
      },
      ThrowsMessage<ValueError>(AllOf(HasSubstr("'val_los'"), HasSubstr("does not report"))));
}

TEST(EarlyStopping, WhatIsNoNumberIsNoImprovement) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(stopped_after({.patience = 2}, {nan, nan, 1}), 1);
  EXPECT_EQ(stopped_after({.patience = 2}, {2, nan, 1, nan, nan}), 4);
}

// After each epoch in turn the callback is made anew and told what the one before it remembered.
TEST(EarlyStopping, GoesOnFromItsStateWithTheBestWeights) {
  const std::vector<double> losses{4, 3, 1, 2, 2.5, 1.5, 3};
  const EarlyStoppingOptions options{.patience = 4, .restore_best_weights = true};
  Trainer trainer = one_weight_trainer();
  TrainingState state;
  state.trainer = &trainer;
  CallbackState remembered;
  for (const double loss : losses) {
    EarlyStopping callback(options);
    if (!remembered.empty()) callback.restore(remembered);
    only_weight(trainer) = static_cast<float>(10 + state.epoch);
    callback.on_epoch_end(state, {{"val_loss", loss}});
    remembered = callback.state();
    ++state.epoch;
  }
  EXPECT_EQ(state.epoch, 7);
  EXPECT_TRUE(state.stop);
  EarlyStopping last(options);
  last.restore(remembered);
  last.on_train_end(state, {});
  EXPECT_EQ(only_weight(trainer), 12.0f);
  EXPECT_TRUE(state.weights_replaced);
  ASSERT_EQ(state.notes.size(), 1U);
  EXPECT_THAT(state.notes[0], HasSubstr("epoch 3, the best by val_loss"));
}

TEST(EarlyStopping, WeightsOfAnotherModelAreRefused) {
  Trainer trainer = one_weight_trainer();
  TrainingState state;
  state.trainer = &trainer;
  EarlyStopping callback({.restore_best_weights = true});
  callback.restore({.text = callback.state().text, .arrays = {{"weight_0", Array({2, 2})}}});
  EXPECT_THAT([&] { callback.on_train_end(state, {}); },
              ThrowsMessage<InputError>(HasSubstr("are not of model")));
  EXPECT_THROW(callback.restore({.text = "[]"}), InputError);
  EXPECT_THROW(EarlyStopping({.mode = "best"}), ValueError);
}

TEST(EarlyStopping, RangesComeBackWithTheWeights) {
  const Tensor in = nudge::input({4});
  const ModelPtr model = quantize::quantize_model(*make_model(in, layers::dense(in, {.units = 2})));
  model->initialize(1);
  quantize::Ranges ranges(*model);
  const auto observe = [&](float size) {
    const std::vector<float> low{-size}, high{size};
    ranges.begin_step();
    for (const auto& range : ranges.all()) {
      if (!range->follows_weights()) range->observe(low, high);
    }
  };
  observe(1.0f);
  const ModelSnapshot snapshot(*model);
  std::vector<float> before;
  for (const auto& range : ranges.all()) before.push_back(range->max()[0]);
  for (int i = 0; i < 5; ++i) observe(3.0f);
  EXPECT_NE(ranges.all().front()->max()[0], before.front());
  ModelSnapshot(snapshot.arrays()).restore(*model);
  for (size_t i = 0; i < before.size(); ++i) {
    const quantize::Range& range = *ranges.all()[i];
    EXPECT_EQ(range.max()[0], before[i]) << range.name();
    EXPECT_EQ(range.progress().updates, range.follows_weights() || !range.quantizer().has_range() ? 0 : 1);
  }
}

}  // namespace
}  // namespace nudge::train
