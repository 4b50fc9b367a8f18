#include "nudge/train/integer_validation.h"

#include <gtest/gtest.h>

#include <cmath>

#include "nudge/quantize/listed_quantize_config.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantizers.h"
#include "nudge/train/callbacks/early_stopping.h"
#include "nudge/train/predictor.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

// With activations of 16 bits, which no file has.
ModelPtr sixteen_bit_model() {
  const auto output = std::make_shared<quantize::MovingAverageQuantizer>(
      quantize::QuantizerOptions{.num_bits = 16}, 0.99, true);
  const auto config =
      std::make_shared<quantize::ListedQuantizeConfig>("Own", quantize::ListedQuantizers{.output = output});
  const Tensor image = input({4, 4, 2});
  const auto scores = std::make_shared<layers::Dense>(layers::DenseOptions{
      .units = kPatternClasses, .activation = layers::ActivationFunction::kSoftmax, .name = "scores"});
  const Tensor y = quantize::quantize_annotate_layer(scores, config)->call(layers::flatten(image));
  return quantize::quantize_apply(*make_model(image, y));
}

class IntegerValidationTest : public testing::Test {
 protected:
  // Four epochs of QAT of `model`.
  History fit(const ModelPtr& model, IntegerValidationOptions options,
              std::vector<std::shared_ptr<Callback>> callbacks = {}) {
    const auto source = pattern_source();
    data::Loader train(source, pattern_options());
    validation = std::make_unique<data::Loader>(source, pattern_options(data::Split::kValidation));
    Trainer trainer(model, adam({.learning_rate = 0.02}), sparse_categorical_crossentropy(), {.seed = 7});
    trainer.calibrate(train);
    return trainer.fit(train, validation.get(),
                       {.epochs = 4, .integer_validation = options, .callbacks = std::move(callbacks)});
  }

  static std::vector<bool> measured(const History& history) {
    std::vector<bool> epochs;
    for (const double loss : history.metrics.at("val_loss")) epochs.push_back(!std::isnan(loss));
    return epochs;
  }

  std::unique_ptr<data::Loader> validation;
};

TEST_F(IntegerValidationTest, IsWhatTheFileGives) {
  const ModelPtr quantized = quantize::quantize_model(*convolutional_model());
  const History history = fit(quantized, {});
  const Evaluation integers = Predictor(quantized).evaluate(*validation);
  EXPECT_DOUBLE_EQ(history.metrics.at("val_loss").back(), integers.loss);
  EXPECT_DOUBLE_EQ(history.metrics.at("val_accuracy").back(), integers.accuracy);
  const Evaluation simulated = Predictor(quantized, {.simulated = true}).evaluate(*validation);
  EXPECT_NEAR(history.metrics.at("val_simulated_loss").back(), simulated.loss, 1e-6);
  EXPECT_NE(history.metrics.at("val_simulated_loss").back(), integers.loss) << "two figures, not one twice";
}

TEST_F(IntegerValidationTest, IsMadeWhenAskedFor) {
  const ModelPtr model = dense_model();
  const auto epochs = [&](IntegerValidationOptions options) {
    return measured(fit(quantize::quantize_model(*model), options));
  };
  EXPECT_EQ(epochs({}), (std::vector<bool>{true, true, true, true}));
  EXPECT_EQ(epochs({.every = 3}), (std::vector<bool>{false, false, true, true}));
  const std::vector<bool> best = epochs({.best = true});
  EXPECT_TRUE(best.front() && best.back());
  const History never = fit(quantize::quantize_model(*model), {.every = 0});
  EXPECT_EQ(never.metrics.at("val_loss"), never.metrics.at("val_simulated_loss"));
}

TEST_F(IntegerValidationTest, EarlyStoppingWaitsForTheIntegers) {
  const auto stopping =
      std::make_shared<EarlyStopping>(EarlyStoppingOptions{.monitor = "val_loss", .min_delta = 100.0});
  const ModelPtr quantized = quantize::quantize_model(*dense_model());
  EXPECT_EQ(fit(quantized, {.every = 2}, {stopping}).epochs(), 4)
      << "measured after two epochs, and after four";
}

TEST_F(IntegerValidationTest, StandsForAModelThatNoFileHolds) {
  testing::internal::CaptureStderr();
  const History history = fit(sixteen_bit_model(), {});
  const std::string said = testing::internal::GetCapturedStderr();
  const std::string warning = "validation is the simulation's, as no file can hold the model: quantizer";
  EXPECT_NE(said.find(warning), std::string::npos) << said;
  EXPECT_EQ(said.find(warning), said.rfind(warning)) << "once";
  EXPECT_EQ(history.metrics.at("val_loss"), history.metrics.at("val_simulated_loss"));
}

}  // namespace
}  // namespace nudge::train
