#include "nudge/train/trainer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/calibrate.h"
#include "nudge/train/test_patterns.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::Each;
using testing::ElementsAre;
using testing::Ge;
using testing::HasSubstr;
using testing::Le;
using testing::Not;
using testing::Pair;
using testing::SizeIs;
using testing::ThrowsMessage;

Trainer rated_trainer(ModelPtr model, std::unique_ptr<Optimizer> optimizer = adam({.learning_rate = 0.02})) {
  return {std::move(model), std::move(optimizer), sparse_categorical_crossentropy(), {.seed = 7}};
}

// Counts what fit() tells it, and stops after an epoch.
class Recorder : public Callback {
 public:
  explicit Recorder(int stop_after = -1) : stop_after_(stop_after) {}
  void on_epoch_begin(TrainingState& state) override { begun.push_back(state.epoch); }
  void on_batch_end(TrainingState& state, const Logs& logs) override {
    EXPECT_LT(state.step, state.steps);
    EXPECT_THAT(logs, Contains(Pair("loss", Ge(0.0))));
    ++batches;
  }
  void on_epoch_end(TrainingState& state, const Logs&) override {
    ended.push_back(state.epoch);
    if (state.epoch == stop_after_) state.stop = true;
  }

  std::vector<int> begun, ended;
  int64_t batches = 0;

 private:
  int stop_after_;
};

TEST(Trainer, LearnsAndReportsEveryEpoch) {
  const auto source = pattern_source();
  data::Loader train(source, pattern_options()),
      validation(source, pattern_options(data::Split::kValidation)),
      test(source, pattern_options(data::Split::kTest));
  Trainer trainer = rated_trainer(dense_model());
  const double before = trainer.evaluate(test).accuracy;
  History history = trainer.fit(train, &validation, {.epochs = 6});
  EXPECT_EQ(history.epochs(), 6);
  EXPECT_THAT(history.metrics, SizeIs(5));
  EXPECT_FALSE(history.qat_start_epoch.has_value());
  EXPECT_LT(history.metrics["loss"].back(), 0.5 * history.metrics["loss"].front());
  EXPECT_THAT(history.metrics["accuracy"], Each(AllOf(Ge(0.0), Le(1.0))));

  const Evaluation again = trainer.evaluate(validation);
  EXPECT_DOUBLE_EQ(history.metrics["val_loss"].back(), again.loss);
  EXPECT_DOUBLE_EQ(history.metrics["val_accuracy"].back(), again.accuracy);
  const double after = trainer.evaluate(test).accuracy;
  EXPECT_GE(after, 0.9);
  EXPECT_LT(before, 0.8);
  EXPECT_EQ(trainer.predict(Array({5, 4, 4, 2})).shape(), (Shape{5, kPatternClasses}));
}

TEST(Trainer, TheSameSeedGivesTheSameWeights) {
  const auto source = pattern_source();
  std::vector<ModelPtr> models{convolutional_model(), convolutional_model()};
  for (const ModelPtr& model : models) {
    data::Loader train(source, pattern_options());
    rated_trainer(model).fit(train, nullptr, {.epochs = 2});
  }
  const auto first = models[0]->weights(), second = models[1]->weights();
  for (size_t i = 0; i < first.size(); ++i) {
    EXPECT_TRUE(identical(first[i]->value, second[i]->value)) << first[i]->name;
  }
}

TEST(Trainer, FrozenLayersStayAsTheyAre) {
  const ModelPtr model = dense_model();
  model->layer("hidden").set_trainable(false);
  model->initialize(7);
  const Array hidden = model->layer("hidden").weight("kernel").value.clone();
  const Array scores = model->layer("scores").weight("kernel").value.clone();
  data::Loader train(pattern_source(), pattern_options());
  rated_trainer(model).fit(train, nullptr, {.epochs = 1});
  EXPECT_TRUE(identical(model->layer("hidden").weight("kernel").value, hidden));
  EXPECT_FALSE(identical(model->layer("scores").weight("kernel").value, scores));
}

TEST(Fit, TrainsFromTheInitialEpochToTheLast) {
  data::Loader train(pattern_source(), pattern_options());
  Trainer trainer = rated_trainer(dense_model());
  const auto recorder = std::make_shared<Recorder>();
  const History history =
      trainer.fit(train, nullptr, {.epochs = 5, .initial_epoch = 3, .callbacks = {recorder}});
  EXPECT_EQ(history.initial_epoch, 3);
  EXPECT_EQ(history.epochs(), 2);
  EXPECT_THAT(recorder->begun, ElementsAre(3, 4));
  EXPECT_THAT(recorder->ended, ElementsAre(3, 4));
  EXPECT_EQ(recorder->batches, 2 * train.steps_per_epoch());
  EXPECT_EQ(trainer.optimizer().iterations(), recorder->batches);
  EXPECT_THAT(history.metrics, Not(Contains(Pair("val_loss", testing::_))));

  EXPECT_EQ(trainer.fit(train, nullptr, {.epochs = 5, .initial_epoch = 5}).epochs(), 0);
  EXPECT_THAT(([&] { trainer.fit(train, nullptr, {.epochs = 2, .initial_epoch = 3}); }),
              ThrowsMessage<ValueError>(AllOf(HasSubstr("epochs is 2"), HasSubstr("initial_epoch 3"))));
}

TEST(Fit, StepsAndValidationStepsLimitAnEpoch) {
  const auto source = pattern_source();
  data::Loader train(source, pattern_options()),
      validation(source, pattern_options(data::Split::kValidation, 4));
  Trainer trainer = rated_trainer(dense_model());
  const auto recorder = std::make_shared<Recorder>();
  History history =
      trainer.fit(train, &validation,
                  {.epochs = 3, .steps_per_epoch = 2, .validation_steps = 1, .callbacks = {recorder}});
  EXPECT_EQ(recorder->batches, 6);
  EXPECT_DOUBLE_EQ(history.metrics["val_loss"].back(), trainer.evaluate(validation, 1).loss);
}

TEST(Fit, ACallbackMayEndIt) {
  data::Loader train(pattern_source(), pattern_options());
  const auto recorder = std::make_shared<Recorder>(1);
  const History history =
      rated_trainer(dense_model()).fit(train, nullptr, {.epochs = 9, .callbacks = {recorder}});
  EXPECT_EQ(history.epochs(), 2);
}

TEST(Fit, ALossThatIsNotFiniteNamesEpochAndStep) {
  data::Loader train(pattern_source(), pattern_options());
  Trainer trainer = rated_trainer(dense_model(), sgd({.learning_rate = 1e38}));
  EXPECT_THAT(([&] { trainer.fit(train, nullptr, {.epochs = 9, .initial_epoch = 4}); }),
              ThrowsMessage<NumericError>(AllOf(HasSubstr("epoch 5, step "), HasSubstr("not finite"),
                                                HasSubstr("lower the learning rate"))));
}

// With momentum 0.999 the moving averages have hardly left their start after these few steps.
class Statistics : public testing::Test {
 protected:
  // The training set's loss in inference, and the last epoch's in training.
  std::pair<double, double> losses(bool reestimate, int stop_after = -1) {
    data::Loader train(source_, pattern_options());
    Trainer trainer = rated_trainer(convolutional_model());
    History history = trainer.fit(train, nullptr,
                                  {.epochs = 8,
                                   .reestimate_batch_normalization = reestimate,
                                   .callbacks = {std::make_shared<Recorder>(stop_after)}});
    return {trainer.evaluate(train).loss, history.metrics["loss"].back()};
  }

  std::shared_ptr<const data::Source> source_ = pattern_source();
};

TEST_F(Statistics, ReestimationMakesInferenceAsGoodAsTraining) {
  const auto [without, trained] = losses(false);
  const auto [with, trained_alike] = losses(true);
  EXPECT_EQ(trained, trained_alike);
  EXPECT_GT(without, 1.5 * trained);
  EXPECT_LT(with, 1.2 * trained);
}

TEST_F(Statistics, AreReestimatedAlsoWhenACallbackEndsTraining) {
  const auto [with, trained] = losses(true, 5);
  EXPECT_LT(with, 1.2 * trained);
}

TEST(QuantizedTraining, KeepsTheAccuracyAndSettlesItsRanges) {
  const auto source = pattern_source();
  data::Loader train(source, pattern_options()), test(source, pattern_options(data::Split::kTest));
  const ModelPtr floating = dense_model();
  rated_trainer(floating).fit(train, nullptr, {.epochs = 6});
  const ModelPtr model = quantize::quantize_model(*floating);
  Trainer trainer = rated_trainer(model, adam({.learning_rate = 0.002}));
  calibrate(trainer.plan(), train, 3);
  History history = trainer.fit(train, &test, {.epochs = 9, .initial_epoch = 6});
  EXPECT_EQ(history.qat_start_epoch, 6);
  EXPECT_GE(history.metrics["val_accuracy"].back(), 0.9);
  ASSERT_THAT(history.metrics["ranges_converged"], SizeIs(3));
  EXPECT_THAT(history.metrics["ranges_converged"], Each(AllOf(Ge(0.0), Le(1.0))));
  EXPECT_EQ(history.metrics["ranges_converged"].back(), 1.0);
}

TEST(TrainerErrors, LabelsFitTheModel) {
  const Tensor in = nudge::input({4, 4, 2});
  const ModelPtr model = make_model(
      in,
      layers::dense(layers::flatten(in), {.units = 2, .activation = layers::ActivationFunction::kSoftmax}));
  data::Loader train(pattern_source(), pattern_options());
  EXPECT_THAT([&] { rated_trainer(model).fit(train, nullptr, {}); },
              ThrowsMessage<ValueError>(HasSubstr("label 2 is outside the model's 2 classes")));
}

}  // namespace
}  // namespace nudge::train
