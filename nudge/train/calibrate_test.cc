#include "nudge/train/calibrate.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

#include "nudge/base/error.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

// A BatchNormalization that sees the pictures themselves, so that its statistics can be taken by hand.
ModelPtr normalizing_model() {
  const Tensor in = nudge::input({4, 4, 2});
  Tensor x = layers::batch_normalization(in, {.momentum = 0.999, .name = "norm"});
  x = layers::dense(layers::flatten(x), {.units = kPatternClasses, .name = "top"});
  const ModelPtr model = make_model(in, x);
  model->initialize(1);
  return model;
}

TEST(Reestimate, GivesTheMeanOfTheBatchesStatistics) {
  const ModelPtr model = normalizing_model();
  const auto plan = plan::compile(model);
  auto options = pattern_options(data::Split::kTrain, 20);
  options.drop_remainder = true;
  data::Loader loader(pattern_source(), options), same(pattern_source(), options);
  const int64_t batches = loader.steps_per_epoch();
  reestimate_batch_normalization(*plan, loader, batches);

  double means[2] = {}, variances[2] = {};
  for (int64_t b = 0; b < batches; ++b) {
    const Array x = same.next().inputs.front();
    const double n = static_cast<double>(x.size()) / 2;
    for (int64_t c = 0; c < 2; ++c) {
      double sum = 0, squares = 0;
      for (int64_t i = c; i < x.size(); i += 2) {
        const auto value = static_cast<double>(x.data<float>()[i]);
        sum += value;
        squares += value * value;
      }
      means[c] += sum / n / static_cast<double>(batches);
      variances[c] += (squares / n - sum / n * sum / n) / static_cast<double>(batches);
    }
  }
  for (size_t c = 0; c < 2; ++c) {
    EXPECT_NEAR(model->layer("norm").weight("moving_mean").value.span<float>()[c], means[c], 1e-4);
    EXPECT_NEAR(model->layer("norm").weight("moving_variance").value.span<float>()[c], variances[c], 1e-4);
  }
}

TEST(Reestimate, LeavesTheTrainedWeightsAlone) {
  const ModelPtr model = normalizing_model();
  const Array gamma = model->layer("norm").weight("gamma").value.clone();
  const Array kernel = model->layer("top").weight("kernel").value.clone();
  const auto plan = plan::compile(model);
  data::Loader loader(pattern_source(), pattern_options());
  reestimate_batch_normalization(*plan, loader, 3);
  EXPECT_TRUE(identical(model->layer("norm").weight("gamma").value, gamma));
  EXPECT_TRUE(identical(model->layer("top").weight("kernel").value, kernel));
}

TEST(Calibrate, SetsEveryActivationRangeAndNothingElse) {
  const ModelPtr floating = dense_model();
  floating->initialize(1);
  const ModelPtr model = quantize::quantize_model(*floating);
  model->initialize(1);
  const auto plan = plan::compile(model);
  ASSERT_NE(plan->ranges(), nullptr);
  data::Loader loader(pattern_source(), pattern_options());
  calibrate(*plan, loader, 5);

  int activations = 0;
  for (const auto& range : plan->ranges()->all()) {
    SCOPED_TRACE(range->name());
    if (range->follows_weights() || range->quantizer().class_name() == "FixedQuantizer") continue;
    ++activations;
    EXPECT_EQ(range->progress().updates, 5);
    EXPECT_LT(range->min()[0], range->max()[0]);
    EXPECT_LT(range->max()[0] - range->min()[0], 11.0f) << "still near the start of -6 to 6";
  }
  EXPECT_GT(activations, 1);
  EXPECT_TRUE(identical(model->layer("quant_hidden").weight("kernel").value,
                        floating->layer("hidden").weight("kernel").value));
}

TEST(Calibrate, SaysWhichRangeIsNotFinite) {
  const ModelPtr floating = dense_model();
  floating->initialize(1);
  floating->layer("hidden").weight("bias").value.data<float>()[0] = std::numeric_limits<float>::infinity();
  const ModelPtr model = quantize::quantize_model(*floating);
  model->initialize(1);
  const auto plan = plan::compile(model);
  data::Loader loader(pattern_source(), pattern_options());
  EXPECT_THAT([&] { calibrate(*plan, loader, 1); },
              ThrowsMessage<NumericError>(AllOf(HasSubstr("quantizer '"), HasSubstr("is not finite after"))));
}

TEST(Calibrate, NeedsAQuantizedModel) {
  const ModelPtr model = dense_model();
  model->initialize(1);
  const auto plan = plan::compile(model);
  data::Loader loader(pattern_source(), pattern_options());
  EXPECT_THAT([&] { calibrate(*plan, loader, 1); }, ThrowsMessage<ValueError>(HasSubstr("not quantized")));
}

TEST(TrainerCalibrate, ShowsRangesNoMoreThanAnEpoch) {
  const ModelPtr model = dense_model();
  model->initialize(1);
  Trainer trainer(quantize::quantize_model(*model), sgd(), sparse_categorical_crossentropy());
  data::Loader data(pattern_source(60), pattern_options(data::Split::kTrain, 16));
  trainer.calibrate(data, 1000);
  for (const auto& range : trainer.plan().ranges()->all()) {
    if (range->follows_weights() || !range->quantizer().has_range()) continue;
    EXPECT_EQ(range->progress().updates, data.steps_per_epoch()) << range->name();
  }
  Trainer plain(model, sgd(), sparse_categorical_crossentropy());
  EXPECT_THROW(plain.calibrate(data), ValueError);
}

}  // namespace
}  // namespace nudge::train
