#include "nudge/train/callbacks/model_checkpoint.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/keras/keras_script_test.h"
#include "nudge/keras/save.h"
#include "nudge/keras/weight_file.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/callbacks/test_trainer.h"
#include "nudge/train/predictor.h"
#include "nudge/train/test_patterns.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

class ModelCheckpointTest : public testing::Test {
 protected:
  ModelCheckpointTest() { state_.trainer = &trainer_; }
  bool wrote(const std::string& name) const { return std::filesystem::exists(folder_.path(name)); }

  const TestFolder folder_;
  Trainer trainer_ = one_weight_trainer();
  TrainingState state_;
};

TEST_F(ModelCheckpointTest, AFileIsTheModelAndItsOptimizer) {
  only_weight(trainer_) = 2.5f;
  trainer_.optimizer().set_iterations(7);
  ModelCheckpoint callback({.filepath = folder_.path("sub/{epoch:02d}.keras")});
  callback.on_epoch_end(state_, {{"val_loss", 1.0}});
  const keras::Saved saved = keras::load_saved(folder_.path("sub/01.keras"));
  EXPECT_EQ(saved.model->layer("only").weight("kernel").value.data<float>()[0], 2.5f);
  ASSERT_NE(saved.optimizer, nullptr);
  EXPECT_EQ(saved.optimizer->iterations, 7);
}

TEST_F(ModelCheckpointTest, BySteps) {
  ModelCheckpoint callback(
      {.filepath = folder_.path("{epoch}-{batch:03d}-{loss:.1f}.keras"), .save_freq = 3});
  CallbackState remembered;
  for (state_.step = 0; state_.step < 7; ++state_.step) {
    callback.on_batch_end(state_, {{"loss", 0.25}});
    if (state_.step == 3) remembered = callback.state();
  }
  callback.on_epoch_end(state_, {{"loss", 0.25}});
  EXPECT_TRUE(wrote("1-003-0.2.keras"));
  EXPECT_TRUE(wrote("1-006-0.2.keras"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator(folder_.path()), {}), 2);
  ModelCheckpoint other({.filepath = folder_.path("again-{batch}.keras"), .save_freq = 3});
  other.restore(remembered);
  for (state_.step = 4; state_.step < 7; ++state_.step) other.on_batch_end(state_, {{"loss", 0.25}});
  EXPECT_TRUE(wrote("again-6.keras"));
}

TEST_F(ModelCheckpointTest, TheBestSoFarIsRemembered) {
  const ModelCheckpointOptions options{.filepath = folder_.path("best-{epoch}.keras"),
                                       .save_best_only = true};
  ModelCheckpoint first(options);
  first.on_epoch_end(state_, {{"val_loss", 1.0}});
  ModelCheckpoint second(options);
  second.restore(first.state());
  for (const double loss : {1.5, 0.5}) {
    ++state_.epoch;
    second.on_epoch_end(state_, {{"val_loss", loss}});
  }
  EXPECT_TRUE(wrote("best-1.keras"));
  EXPECT_FALSE(wrote("best-2.keras"));
  EXPECT_TRUE(wrote("best-3.keras"));
}

TEST_F(ModelCheckpointTest, WhatCannotBeWrittenIsTriedAgain) {
  ModelCheckpoint callback({.filepath = folder_.path("sub/best.keras"), .save_best_only = true});
  write_file(folder_.path("sub"), std::string("in the way"));
  EXPECT_NO_THROW(callback.on_epoch_end(state_, {{"val_loss", 1.0}}));
  std::filesystem::remove(folder_.path("sub"));
  callback.on_epoch_end(state_, {{"val_loss", 1.5}});
  EXPECT_TRUE(wrote("sub/best.keras")) << "the best that is kept, as there is none before it";
}

TEST_F(ModelCheckpointTest, SaysWhatIsWrong) {
  EXPECT_THAT([] { ModelCheckpoint({.filepath = "model.h6"}); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'model.h6'"), HasSubstr(".keras or .h5"))));
  EXPECT_THAT([] { ModelCheckpoint({.filepath = "model.h5", .save_weights_only = true}); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'model.h5'"), HasSubstr("writes .weights.h5"))));
  EXPECT_THROW(ModelCheckpoint({.filepath = "{epoch:99999d}.keras"}), ValueError);
  EXPECT_THROW(ModelCheckpoint({.filepath = "a.keras", .save_freq = -1}), ValueError);
  ModelCheckpoint callback({.filepath = folder_.path("{beauty}.keras")});
  EXPECT_THAT(
      [&] {
        callback.on_epoch_end(state_, {{"val_loss", 1.0}});
      },
      ThrowsMessage<ValueError>(AllOf(HasSubstr("{beauty}.keras"), HasSubstr("names of the history"))));
  ModelCheckpoint best({.filepath = "a.keras", .monitor = "val_f1", .save_best_only = true});
  EXPECT_THROW(best.on_epoch_end(state_, {{"val_loss", 1.0}}), ValueError);
}

// The file that is kept answers as the history says of its epoch: the integers' accuracy.
TEST(ModelCheckpoint, TheBestByTheIntegersIsTheBestOnADevice) {
  const TestFolder folder;
  const auto source = pattern_source(120);
  data::Loader train(source, pattern_options());
  data::Loader validation(source, pattern_options(data::Split::kValidation));
  const ModelPtr float_model = dense_model();
  float_model->initialize(1);
  const ModelPtr quantized = quantize::quantize_model(*float_model);
  Trainer trainer(quantized, adam({.learning_rate = 0.02}), sparse_categorical_crossentropy(), {.seed = 1});
  trainer.calibrate(train);
  const std::string path = folder.path("best.keras");
  const History history =
      trainer.fit(train, &validation,
                  {.epochs = 4,
                   .callbacks = {std::make_shared<ModelCheckpoint>(ModelCheckpointOptions{
                       .filepath = path, .monitor = "val_loss", .save_best_only = true})}});
  const std::vector<double>& losses = history.metrics.at("val_loss");
  const Evaluation kept = Predictor(keras::load_model(path)).evaluate(validation, trainer.objective());
  EXPECT_EQ(kept.metrics.at("loss"), *std::min_element(losses.begin(), losses.end()));
  const auto refusal = [&](const ModelCheckpointOptions& options) {
    EXPECT_THAT(
        [&] { trainer.fit(train, nullptr, {.callbacks = {std::make_shared<ModelCheckpoint>(options)}}); },
        ThrowsMessage<ValueError>(HasSubstr("holds float models only")));
  };
  refusal({.filepath = folder.path("best.h5")});
  refusal({.filepath = folder.path("best.weights.h5"), .save_weights_only = true});
}

// Of the same epoch, a whole model and weights alone: weights_alone_test.py beside this file compares them.
TEST(ModelCheckpoint, WeightsAloneAreKerass) {
  if (!keras::has_keras()) GTEST_SKIP() << keras::kNoKeras;
  const TestFolder folder;
  data::Loader train(pattern_source(120), pattern_options());
  const ModelPtr model = dense_model();
  model->initialize(1);
  Trainer trainer(model, adam(), sparse_categorical_crossentropy(), {.seed = 1});
  const auto kept = [&](const std::string& name, bool weights_only) {
    return std::make_shared<ModelCheckpoint>(
        ModelCheckpointOptions{.filepath = folder.path(name), .save_weights_only = weights_only});
  };
  trainer.fit(train, nullptr,
              {.epochs = 1, .callbacks = {kept("whole.keras", false), kept("alone.weights.h5", true)}});
  const ScriptResult compared =
      run_python({NUDGE_SOURCE_DIR "/nudge/train/callbacks/weights_alone_test.py", folder.path()});
  EXPECT_EQ(compared.status, 0) << compared.output;
  for (const char* name : {"alone.weights.h5", "keras.weights.h5"}) {
    const ModelPtr other = dense_model();
    other->initialize(2);
    EXPECT_TRUE(keras::load_weights(*other, folder.path(name)).missing.empty());
    for (size_t i = 0; i < model->weights().size(); ++i) {
      EXPECT_TRUE(identical(other->weights()[i]->value, model->weights()[i]->value)) << name << ", " << i;
    }
  }
}

}  // namespace
}  // namespace nudge::train
