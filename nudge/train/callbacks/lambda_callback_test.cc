#include "nudge/train/callbacks/lambda_callback.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

TEST(LambdaCallback, IsCalledWhereKerasCallsIt) {
  data::Loader loader(pattern_source(30), pattern_options());
  Trainer trainer(dense_model(), sgd(), sparse_categorical_crossentropy());
  std::string calls;
  const auto epoch = [&](const char* what, const TrainingState& state) {
    calls += what + std::to_string(state.epoch) + " ";
  };
  CallbackFunctions functions;
  functions.on_train_begin = [&](TrainingState& state) {
    EXPECT_EQ(&state.trainer->model(), &trainer.model());
    calls += "( ";
  };
  functions.on_epoch_begin = [&](TrainingState& state) { epoch("begin", state); };
  functions.on_batch_begin = [&](TrainingState&) { calls += "< "; };
  functions.on_batch_end = [&](TrainingState& state, const Logs& logs) {
    EXPECT_TRUE(logs.contains("loss"));
    calls += std::to_string(state.step) + "> ";
  };
  functions.on_epoch_end = [&](TrainingState& state, const Logs& logs) {
    EXPECT_EQ(logs.at("learning_rate"), trainer.optimizer().learning_rate());
    EXPECT_EQ(state.history->epochs(), state.epoch + 1);
    trainer.optimizer().set_learning_rate(0.5 * trainer.optimizer().learning_rate());
    epoch("end", state);
  };
  functions.on_train_end = [&](TrainingState&, const Logs& logs) {
    EXPECT_TRUE(logs.contains("accuracy"));
    calls += ")";
  };
  const History history =
      trainer.fit(loader, nullptr, {.epochs = 2, .callbacks = {std::make_shared<LambdaCallback>(functions)}});
  EXPECT_EQ(calls, "( begin0 < 0> < 1> end0 begin1 < 0> < 1> end1 )");
  EXPECT_THAT(history.metrics.at("learning_rate"), testing::ElementsAre(0.01, 0.005));
}

TEST(LambdaCallback, StoppingInAStepEndsTheEpochThere) {
  data::Loader loader(pattern_source(120), pattern_options());
  Trainer trainer(dense_model(), sgd(), sparse_categorical_crossentropy());
  int steps = 0;
  CallbackFunctions functions;
  functions.on_batch_end = [&](TrainingState& state, const Logs&) { state.stop = ++steps == 3; };
  const History history =
      trainer.fit(loader, nullptr, {.epochs = 5, .callbacks = {std::make_shared<LambdaCallback>(functions)}});
  EXPECT_EQ(steps, 3);
  EXPECT_EQ(history.epochs(), 1);
  EXPECT_EQ(trainer.optimizer().iterations(), 3);
}

}  // namespace
}  // namespace nudge::train
