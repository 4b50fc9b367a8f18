// BatchNormalization that runs on its moving averages from some epoch on.
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/callbacks/lambda_callback.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

struct Seen {
  std::vector<Array> means, scales;  // after each epoch
};

Seen trained(const ModelPtr& model, const FitOptions& options) {
  data::Loader train(pattern_source(120), pattern_options());
  Trainer trainer(model, adam({.learning_rate = 0.01}), sparse_categorical_crossentropy(), {.seed = 4});
  Seen seen;
  const auto named = [&](const std::string& name) {
    for (const Weight* weight : model->weights()) {
      if (weight->name == name) return weight->value.clone();
    }
    return Array();
  };
  FitOptions with = options;
  CallbackFunctions watching;
  watching.on_epoch_end = [&](TrainingState&, const Logs&) {
    seen.means.push_back(named("moving_mean"));
    seen.scales.push_back(named("gamma"));
  };
  with.callbacks.push_back(std::make_shared<LambdaCallback>(watching));
  trainer.fit(train, nullptr, with);
  return seen;
}

TEST(FreezeBatchNormalization, TheAveragesStayAndTheScalesAreTrained) {
  const auto make = [](bool quantized) {
    const ModelPtr model = convolutional_model();
    model->initialize(3);
    return quantized ? quantize::quantize_model(*model) : model;
  };
  for (const bool quantized : {false, true}) {
    SCOPED_TRACE(quantized);
    const Seen seen = trained(make(quantized), {.epochs = 4, .freeze_batch_normalization = 2});
    ASSERT_EQ(seen.means.size(), 4U);
    EXPECT_FALSE(identical(seen.means[0], seen.means[1]));
    EXPECT_TRUE(identical(seen.means[1], seen.means[2]));
    EXPECT_TRUE(identical(seen.means[1], seen.means[3]));
    EXPECT_FALSE(identical(seen.scales[1], seen.scales[3]));

    const Seen later =
        trained(make(quantized), {.epochs = 4, .initial_epoch = 2, .freeze_batch_normalization = 1});
    EXPECT_FALSE(identical(later.means[0], seen.means[1]));
    EXPECT_TRUE(identical(later.means[0], later.means[1])) << "epochs count from the first of the run";
  }
}

TEST(FreezeBatchNormalization, DoesNotGoWithNewAverages) {
  EXPECT_THROW(
      trained(convolutional_model(),
              {.epochs = 1, .reestimate_batch_normalization = true, .freeze_batch_normalization = 0}),
      ValueError);
}

}  // namespace
}  // namespace nudge::train
