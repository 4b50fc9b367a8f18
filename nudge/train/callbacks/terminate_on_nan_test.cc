#include "nudge/train/callbacks/terminate_on_nan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/error.h"
#include "nudge/data/batch_stream.h"
#include "nudge/train/callbacks/test_trainer.h"

namespace nudge::train {
namespace {

// One item a batch; the third is no number.
class Poisoned : public data::BatchStream {
 public:
  const std::string& spec() const override { return spec_; }
  int64_t steps_per_epoch() const override { return 5; }
  void seek(int64_t, int64_t step) override { step_ = step; }
  data::Batch next() override {
    data::Batch batch;
    batch.inputs = {Array::full({1, 1}, step_++ == 2 ? NAN : 1.0f)};
    batch.targets = {Array::full({1, 1}, 3.0f)};
    return batch;
  }

 private:
  std::string spec_ = "poisoned";
  int64_t step_ = 0;
};

TEST(TerminateOnNaN, EndsTrainingWithTheWeightsBeforeTheStep) {
  Poisoned data;
  Trainer trainer = one_weight_trainer(0.1);
  const History history =
      trainer.fit(data, nullptr, {.epochs = 4, .callbacks = {std::make_shared<TerminateOnNaN>()}});
  EXPECT_EQ(trainer.optimizer().iterations(), 2);
  EXPECT_TRUE(std::isfinite(only_weight(trainer)));
  ASSERT_EQ(history.epochs(), 1);
  EXPECT_TRUE(std::isnan(history.metrics.at("loss")[0]));
}

TEST(TerminateOnNaN, SaysWhere) {
  TrainingState state{.epoch = 1, .step = 6};
  EXPECT_TRUE(TerminateOnNaN().on_not_finite(state));
  EXPECT_THAT(state.notes,
              testing::ElementsAre(testing::HasSubstr("epoch 2, step 7: the loss is not finite")));
}

TEST(TerminateOnNaN, WithoutItALossThatIsNotFiniteIsAnError) {
  Poisoned data;
  Trainer trainer = one_weight_trainer(0.1);
  EXPECT_THAT([&] { trainer.fit(data, nullptr, {.callbacks = {std::make_shared<Callback>()}}); },
              testing::ThrowsMessage<NumericError>(testing::HasSubstr("epoch 1, step 3")));
}

}  // namespace
}  // namespace nudge::train
