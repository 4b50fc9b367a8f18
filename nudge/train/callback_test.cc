#include "nudge/train/callback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"

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
  for (int epoch = 0; epoch < 3; ++epoch) callback.on_epoch_end(state, {{"val_loss", 2.0}});
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

}  // namespace
}  // namespace nudge::train
