// Models with several inputs and outputs through training, quantization and evaluation.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/convert/convert.h"
#include "nudge/data/array_source.h"
#include "nudge/data/generator_stream.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/feed.h"
#include "nudge/train/predictor.h"
#include "nudge/train/test_pairs.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::Key;
using testing::ThrowsMessage;

constexpr int64_t kItems = 200;

std::shared_ptr<const data::Source> pairs(uint64_t seed = 5) {
  const auto [left, right, sum, brighter] = random_pairs(kItems, seed);
  return data::from_arrays({{"left", left}, {"right", right}, {"sum", sum}, {"brighter", brighter}},
                           "pairs.npz");
}

ModelPtr twins() {
  const Tensor left = input({4, 4, 1}, "left"), right = input({4, 4, 1}, "right");
  const Tensor x =
      layers::concatenate({layers::conv2d(left, {.filters = 4, .kernel_size = 3, .name = "of_left"}),
                           layers::conv2d(right, {.filters = 4, .kernel_size = 3, .name = "of_right"})},
                          {.name = "both"});
  const Tensor flat = layers::flatten(x, {.name = "flat"});
  const Tensor brighter = layers::dense(
      flat, {.units = 2, .activation = layers::ActivationFunction::kSoftmax, .name = "brighter"});
  const Tensor sum = layers::dense(flat, {.units = 1, .name = "sum"});
  ModelPtr model = make_model({left, right}, {brighter, sum}, "twins");
  model->initialize(7);
  return model;
}

std::vector<Goal> goals() {
  return {goal_of(sparse_categorical_crossentropy()), goal_of(mean_squared_error())};
}

data::Loader loader_of(const Model& model, const std::shared_ptr<const data::Source>& source,
                       data::Split split) {
  data::LoaderOptions options;
  options.split = split;
  options.batch = 10;
  options.threads = 1;
  options.shuffle = split == data::Split::kTrain;
  apply_feed(feed_for("twins", inputs_of(model), outputs_of(model), *source), inputs_of(model), options);
  return data::Loader(source, options);
}

TEST(SeveralEnds, TrainQuantizeAndConvertAsOneDoes) {
  const auto source = pairs();
  const ModelPtr model = twins();
  data::Loader train = loader_of(*model, source, data::Split::kTrain),
               test = loader_of(*model, source, data::Split::kTest);
  Trainer trainer(model, adam({.learning_rate = 0.02}), Objective(goals()), {.seed = 7});
  const History history = trainer.fit(train, &test, {.epochs = 6});
  for (const char* name : {"loss", "brighter_loss", "sum_loss", "brighter_accuracy",
                           "sum_mean_absolute_error", "val_brighter_accuracy", "val_sum_loss"}) {
    EXPECT_THAT(history.metrics, Contains(Key(name)));
  }
  EXPECT_GT(history.metrics.at("val_brighter_accuracy").back(), 0.85);
  EXPECT_LT(history.metrics.at("val_sum_mean_absolute_error").back(), 0.15);

  const ModelPtr quantized = quantize::quantize_model(*model);
  Trainer qat(quantized, adam({.learning_rate = 0.002}), Objective(goals()), {.seed = 7});
  qat.calibrate(train);
  const History later = qat.fit(train, &test, {.epochs = 8, .initial_epoch = 6});
  EXPECT_GT(later.metrics.at("val_brighter_accuracy").back(), 0.85) << "of the integers";
  EXPECT_THAT(later.metrics, Contains(Key("val_simulated_sum_loss")));

  Predictor file(convert::convert(*quantized).file, {.runtime = Runtime::kReference});
  ASSERT_EQ(file.inputs().size(), 2U);
  EXPECT_EQ(file.inputs()[1].name, "right");
  EXPECT_EQ(file.outputs()[0].name, "brighter");
  Objective objective(goals());
  objective.name_outputs({"brighter", "sum"});
  const Evaluation integers = file.evaluate(test, objective);
  EXPECT_DOUBLE_EQ(integers.metrics.at("brighter_accuracy"),
                   later.metrics.at("val_brighter_accuracy").back());
  EXPECT_DOUBLE_EQ(integers.metrics.at("sum_loss"), later.metrics.at("val_sum_loss").back());
}

TEST(SeveralEnds, WeighLossesAndLeaveOutputsUntrained) {
  const auto source = pairs();
  const ModelPtr model = twins();
  const Array before = model->layer("sum").weight("kernel").value.clone();
  std::vector<Goal> only = goals();
  only[1] = Goal{};
  data::Loader train = loader_of(*model, source, data::Split::kTrain);
  const data::Batch batch = train.next();
  Trainer(model, sgd({.learning_rate = 0.1}), Objective(only), {.seed = 7}).train_step(batch);
  EXPECT_TRUE(identical(model->layer("sum").weight("kernel").value, before));

  // A weight of two is a rate of two, where nothing else is trained.
  const auto stepped = [&](double weight, double rate) {
    const ModelPtr one = twins();
    std::vector<Goal> weighed = only;
    weighed[0].weight = weight;
    Trainer(one, sgd({.learning_rate = rate}), Objective(weighed), {.seed = 7}).train_step(batch);
    return one->layer("brighter").weight("kernel").value.clone();
  };
  const Array twice = stepped(2, 0.125), same = stepped(1, 0.25);
  for (int64_t i = 0; i < twice.size(); ++i)
    EXPECT_NEAR(twice.data<float>()[i], same.data<float>()[i], 1e-6f);
}

TEST(SeveralEnds, AGeneratorTrainsThemToo) {
  const ModelPtr model = twins();
  const auto source = pairs();
  data::Loader loader = loader_of(*model, source, data::Split::kTrain);
  const auto make = [&](int64_t epoch, int64_t step) {
    loader.seek(epoch, step);
    return loader.next();
  };
  data::GeneratorStream stream(make, loader.steps_per_epoch());
  Trainer(model, adam({.learning_rate = 0.02}), Objective(goals()), {.seed = 7})
      .fit(stream, nullptr, {.epochs = 2});
  const ModelPtr loaded = twins();
  data::Loader own = loader_of(*loaded, source, data::Split::kTrain);
  Trainer(loaded, adam({.learning_rate = 0.02}), Objective(goals()), {.seed = 7})
      .fit(own, nullptr, {.epochs = 2});
  EXPECT_TRUE(
      identical(model->layer("sum").weight("kernel").value, loaded->layer("sum").weight("kernel").value));
}

TEST(ClassWeights, AreSampleWeightsByClass) {
  const Tensor in = input({2}, "in");
  const auto build = [&] {
    ModelPtr model = make_model(
        in,
        layers::dense(in, {.units = 3, .activation = layers::ActivationFunction::kSoftmax, .name = "out"}));
    return std::dynamic_pointer_cast<Model>(model->clone());
  };
  const ModelPtr model = build();
  model->initialize(3);
  const auto batch_with = [](bool weights) {
    data::Batch batch;
    batch.inputs = {Array::of<float>({3, 2}, {1, 2, 3, 4, 5, 6})};
    batch.targets = {Array::of<int32_t>({3}, {0, 2, 1})};
    if (weights) batch.weights = {Array::of<float>({3}, {0.5f, 4, 2})};
    return batch;
  };
  const auto trained = [&](bool by_sample, std::vector<double> classes) {
    const auto copy = std::dynamic_pointer_cast<Model>(model->clone());
    data::GeneratorStream stream([&](int64_t, int64_t) { return batch_with(by_sample); }, 1);
    Trainer(copy, sgd({.learning_rate = 0.1}), sparse_categorical_crossentropy(), {.seed = 3})
        .fit(stream, nullptr, {.epochs = 1, .class_weights = std::move(classes)});
    return copy->layer("out").weight("kernel").value.clone();
  };
  EXPECT_TRUE(identical(trained(true, {}), trained(false, {0.5, 2, 4})));
  EXPECT_FALSE(identical(trained(true, {}), trained(false, {})));
  EXPECT_THAT([&] { trained(true, {1, 1, 1}); }, ThrowsMessage<ValueError>(HasSubstr("do not go together")));
  EXPECT_THAT(
      [&] {
        trained(false, {1, 1});
      },
      ThrowsMessage<ValueError>(HasSubstr("class 2 has no class weight")));
  data::Loader pairs_loader = loader_of(*twins(), pairs(), data::Split::kTrain);
  EXPECT_THAT(
      [&] {
        Trainer(twins(), sgd(), Objective(goals()), {.seed = 7})
            .fit(pairs_loader, nullptr, {.epochs = 1, .class_weights = {1, 1}});
      },
      ThrowsMessage<ValueError>(HasSubstr("models with one output")));
}

TEST(SeveralEndsErrors, SayWhatIsMissing) {
  EXPECT_THAT([] { Trainer(twins(), sgd(), mean_squared_error(), {}); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'twins' has 2 outputs"), HasSubstr("1 goals"))));
}

}  // namespace
}  // namespace nudge::train
