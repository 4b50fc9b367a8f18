// Training that goes on from a file ends where training without a break does, to the bit.
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/data/test_folder.h"
#include "nudge/keras/save.h"
#include "nudge/layers/dropout.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/range_rule.h"
#include "nudge/train/callbacks/csv_logger.h"
#include "nudge/train/callbacks/early_stopping.h"
#include "nudge/train/callbacks/reduce_lr_on_plateau.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

// With dropout, whose masks must go on too.
ModelPtr dropping_model() {
  const Tensor in = nudge::input({4, 4, 2}, "image");
  Tensor x = layers::conv2d(in, {.filters = 6, .kernel_size = 3, .name = "conv"});
  x = layers::batch_normalization(x, {.momentum = 0.9, .name = "norm"});
  x = layers::relu(x, {.max_value = 6.0, .name = "act"});
  x = layers::flatten(x, {.name = "flat"});
  x = layers::dropout(x, {.rate = 0.2, .name = "drop"});
  x = layers::dense(x, {.units = kPatternClasses, .name = "logits"});
  x = layers::activation(x, {.activation = layers::ActivationFunction::kSoftmax, .name = "scores"});
  ModelPtr model = make_model(in, x, "patterns");
  model->initialize(7);
  return model;
}

Trainer trainer_of(const ModelPtr& model, std::unique_ptr<Optimizer> optimizer) {
  return {model, std::move(optimizer), sparse_categorical_crossentropy(), {.seed = 7}};
}

data::LoaderOptions augmented() {
  data::LoaderOptions options = pattern_options();
  options.augment = "flip,shift=0.25";
  return options;
}

void expect_equal_weights(Model& a, Model& b) {
  const auto left = a.weights();
  const auto right = b.weights();
  ASSERT_EQ(left.size(), right.size());
  for (size_t i = 0; i < left.size(); ++i) {
    EXPECT_TRUE(identical(left[i]->value, right[i]->value)) << left[i]->name;
  }
}

// Epochs 3 to 7 in one, and 3 to 5, through a file, to 7.
void expect_resumed_equals_unbroken(const ModelPtr& start, const std::string& optimizer,
                                    const std::map<std::string, double>& options) {
  const data::TestFolder folder;
  keras::save_model(*start, folder.path("start.keras"));
  const auto source = pattern_source(120);
  const auto train = [&](const std::string& from, int begin, int end, const std::string& to) {
    const keras::Saved saved = keras::load_saved(folder.path(from));
    data::Loader loader(source, augmented());
    Trainer trainer = trainer_of(saved.model, optimizer_from_name(optimizer, options));
    trainer.optimizer().set_learning_rate(0.02);
    if (saved.optimizer != nullptr) trainer.resume(*saved.optimizer);
    trainer.fit(loader, nullptr, {.epochs = end, .initial_epoch = begin});
    keras::save_model(*saved.model, folder.path(to),
                      {.optimizer = std::make_shared<keras::OptimizerState>(trainer.optimizer_state())});
    return saved.model;
  };
  const ModelPtr unbroken = train("start.keras", 3, 7, "unbroken.keras");
  const ModelPtr first = train("start.keras", 3, 5, "first.keras");
  const ModelPtr second = train("first.keras", 5, 7, "second.keras");
  expect_equal_weights(*unbroken, *second);
  const auto state = keras::load_saved(folder.path("second.keras")).optimizer;
  ASSERT_NE(state, nullptr);
  EXPECT_EQ(state->unread, "");
  EXPECT_EQ(state->learning_rate, 0.02);
  EXPECT_EQ(state->loss, "sparse_categorical_crossentropy");
  EXPECT_EQ(state->iterations, 4 * data::Loader(source, augmented()).steps_per_epoch());
  bool moved = false;
  for (size_t i = 0; i < first->weights().size(); ++i) {
    moved |= !identical(first->weights()[i]->value, second->weights()[i]->value);
  }
  EXPECT_TRUE(moved);
}

TEST(Resume, EveryOptimizerGoesOnWhereItWas) {
  expect_resumed_equals_unbroken(dropping_model(), "sgd", {});
  expect_resumed_equals_unbroken(dropping_model(), "sgd", {{"momentum", 0.9}, {"nesterov", 1}});
  expect_resumed_equals_unbroken(dropping_model(), "rmsprop", {});
  expect_resumed_equals_unbroken(dropping_model(), "rmsprop", {{"momentum", 0.5}, {"centered", 1}});
  expect_resumed_equals_unbroken(dropping_model(), "adam", {{"beta_1", 0.8}});
}

TEST(Resume, QuantizationAwareTrainingGoesOnWithItsRanges) {
  const ModelPtr quantized = quantize::quantize_model(*dropping_model());
  quantized->initialize(7);
  expect_resumed_equals_unbroken(quantized, "rmsprop", {});
}

TEST(Resume, LearnedRangesGoOn) {
  const ModelPtr quantized = quantize::quantize_model(*dropping_model());
  quantize::set_range_rule(*quantized, quantize::RangeRule::kLearned, 0.02);
  quantized->initialize(7);
  expect_resumed_equals_unbroken(quantized, "adam", {});
}

// A run of two epochs that is ended after each of its steps in turn.
TEST(Resume, AFitGoesOnFromAnyStep) {
  const auto source = pattern_source(60);
  data::Loader validation(source, pattern_options(data::Split::kValidation));
  const auto fit = [&](const FitOptions& options, const std::optional<keras::OptimizerState>& state,
                       const ModelPtr& model) {
    data::Loader loader(source, augmented());
    Trainer trainer = trainer_of(model, adam());
    if (state) trainer.resume(*state);
    const History history = trainer.fit(loader, &validation, options);
    return std::pair(history, trainer.optimizer_state());
  };
  const nudge::TestFolder folder;
  const std::string table = folder.path("log.csv");
  const auto callbacks = [&] {
    return std::vector<std::shared_ptr<Callback>>{
        std::make_shared<EarlyStopping>(
            EarlyStoppingOptions{.monitor = "val_accuracy", .patience = 9, .restore_best_weights = true}),
        std::make_shared<ReduceLROnPlateau>(
            ReduceLROnPlateauOptions{.monitor = "loss", .patience = 1, .min_delta = 10.0}),
        std::make_shared<CSVLogger>(table)};
  };
  const ModelPtr unbroken = dropping_model();
  const History whole = fit({.epochs = 2, .callbacks = callbacks()}, std::nullopt, unbroken).first;
  const int64_t steps = 2 * data::Loader(source, augmented()).steps_per_epoch();
  for (int64_t last = 1; last <= steps; ++last) {
    SCOPED_TRACE("ended after step " + std::to_string(last));
    const ModelPtr model = dropping_model();
    std::optional<Progress> reached;
    int64_t done = 0;
    const auto stop = [&](const std::function<Progress()>& progress) {
      const Progress at = progress();
      reached = Progress::from_json(at.to_json(), at.arrays(), "test");
      return ++done < last;
    };
    const auto state =
        fit({.epochs = 2, .callbacks = callbacks(), .after_step = stop}, std::nullopt, model).second;
    const History history = fit({.epochs = 2, .callbacks = callbacks(), .from = reached}, state, model).first;
    expect_equal_weights(*unbroken, *model);
    EXPECT_EQ(history.metrics, whole.metrics);
  }
  Progress other;
  other.callbacks.resize(2);
  EXPECT_THROW(fit({.epochs = 2, .from = other}, std::nullopt, dropping_model()), ValueError);
}

TEST(Resume, StatesOfOtherOptimizersOrWeightsAreRefused) {
  const ModelPtr model = dropping_model();
  Trainer trainer = trainer_of(model, adam());
  keras::OptimizerState state = trainer.optimizer_state();
  EXPECT_THROW(trainer_of(model, rmsprop()).resume(state), ValueError);
  state.averages.pop_back();
  EXPECT_THROW(trainer.resume(state), ValueError);
  state = trainer.optimizer_state();
  state.averages[0]["momentum"] = Array({1});
  EXPECT_THROW(trainer.resume(state), ValueError);
}

}  // namespace
}  // namespace nudge::train
