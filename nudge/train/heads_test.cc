// Heads as people have them: each trains, and names the same classes in float, quantized and as a file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/convert/convert.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/calibrate.h"
#include "nudge/train/class_scores.h"
#include "nudge/train/output_form.h"
#include "nudge/train/predictor.h"
#include "nudge/train/test_patterns.h"
#include "nudge/train/trainer.h"

namespace nudge::train {
namespace {

using layers::ActivationFunction;

struct Head {
  int64_t classes, outputs;
  ActivationFunction activation;
  std::string loss;
};

ModelPtr model_of(const Head& head) {
  const Tensor in = nudge::input({4, 4, 2}, "image");
  Tensor x = layers::flatten(in, {.name = "flat"});
  x = layers::dense(x, {.units = 8, .activation = ActivationFunction::kRelu, .name = "hidden"});
  return make_model(
      in, layers::dense(x, {.units = head.outputs, .activation = head.activation, .name = "scores"}),
      "heads");
}

class Heads : public testing::TestWithParam<Head> {};

TEST_P(Heads, TrainAndNameTheRightClassEverywhere) {
  const Head& head = GetParam();
  const auto source = pattern_source(300, 11, head.classes);
  data::Loader train(source, pattern_options()), all(source, pattern_options(data::Split::kAll));
  const ModelPtr model = model_of(head);
  ASSERT_EQ(loss_for(*model)->name(), head.loss);
  Trainer trainer(model, adam({.learning_rate = 0.02}), loss_for(*model), {.seed = 7});
  trainer.fit(train, nullptr, {.epochs = 6});
  const Evaluation floating = trainer.evaluate(all);
  EXPECT_GT(floating.accuracy, 0.97);
  EXPECT_EQ(floating.predictions.shape(), (Shape{floating.count, head.classes}));

  const ModelPtr quantized = quantize::quantize_model(*model);
  Trainer qat(quantized, adam({.learning_rate = 0.002}), loss_for(*quantized), {.seed = 7});
  calibrate(qat.plan(), train, 3);
  qat.fit(train, nullptr, {.epochs = 8, .initial_epoch = 6});
  const tflite::TfLiteModel file = convert::convert(*quantized).file;
  EXPECT_EQ(loss_for(output_form(file))->name(), head.loss);
  const Evaluation shipped = Predictor(file, {.runtime = Runtime::kReference}).evaluate(all);
  EXPECT_GT(shipped.accuracy, 0.97);
  EXPECT_LE(disagreement(qat.evaluate(all), shipped), 0.01);
}

INSTANTIATE_TEST_SUITE_P(
    All, Heads,
    testing::Values(Head{3, 3, ActivationFunction::kSoftmax, "sparse_categorical_crossentropy"},
                    Head{3, 3, ActivationFunction::kSigmoid, "sparse_categorical_crossentropy"},
                    Head{3, 3, ActivationFunction::kLinear, "sparse_categorical_crossentropy_from_logits"},
                    Head{2, 1, ActivationFunction::kSigmoid, "binary_crossentropy"},
                    Head{2, 1, ActivationFunction::kLinear, "binary_crossentropy_from_logits"}),
    [](const auto& test) {
      return layers::to_string(test.param.activation) + std::to_string(test.param.outputs);
    });

TEST(TrainerWithALossThatDoesNotFit, WarnsOnce) {
  testing::internal::CaptureStderr();
  const ModelPtr model = model_of({3, 3, ActivationFunction::kLinear, ""});
  Trainer trainer(model, sgd(), sparse_categorical_crossentropy(), {.seed = 7});
  EXPECT_THAT(testing::internal::GetCapturedStderr(),
              testing::HasSubstr("model 'heads': the model ends in logits"));
}

}  // namespace
}  // namespace nudge::train
