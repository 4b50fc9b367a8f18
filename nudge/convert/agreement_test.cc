// The integer evaluator against LiteRT's reference kernels on whole models, tensor by tensor; and that their
// tensors and quantizers belong together one to one.
#include <gtest/gtest.h>

#include "nudge/applications/applications.h"
#include "nudge/convert/test_models.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"

namespace nudge::convert {
namespace {

ModelPtr application(const std::string& name, double alpha) { return application_model(name, 32, alpha); }

TEST(Agreement, SmallCnn) {
  expect_exact(applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5}), 10);
}

TEST(Agreement, MobileNet) { expect_exact(application("MobileNet", 0.25), 20); }

TEST(Agreement, MobileNetV2) { expect_exact(application("MobileNetV2", 0.35), 30); }

TEST(Agreement, EveryLayer) { expect_exact(every_layer_model(), 40); }

TEST(Agreement, EveryLayerUnderTfmot) {
  expect_exact(every_layer_model(), 50,
               {.layers = "conv.*|relu.*|depthwise.*|add.*|mean_pool|joined|logits|classes",
                .scheme = quantize::tfmot_scheme()});
}

TEST(Agreement, NestedModel) {
  const ModelPtr features = applications::build_application(
      "MobileNet", {.input_shape = {32, 32, 3}, .alpha = 0.25, .include_top = false, .pooling = "avg"});
  expect_exact(sequential({features, std::make_shared<layers::Dense>(layers::DenseOptions{
                                         .units = 5, .activation = layers::ActivationFunction::kSoftmax})}),
               60);
}

TEST(Agreement, PartlyQuantizedModels) {
  for (uint64_t seed = 70; seed < 80; ++seed) {
    const ModelPtr model = every_layer_model();
    expect_exact(model, seed, {.layers = half_of_the_layers(*model, seed), .inputs = 20});
  }
}

void expect_near(const ModelPtr& model, uint64_t seed) {
  randomize(*model, seed);
  const Agreement agreement = expect_agrees_with_litert(*model, 20, seed + 1);
  EXPECT_LE(agreement.default_error, 1e-4) << "with LiteRT's default kernels";
}

TEST(FloatAgreement, SmallCnn) {
  expect_near(applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5}), 90);
}

TEST(FloatAgreement, MobileNet) { expect_near(application("MobileNet", 0.25), 91); }

TEST(FloatAgreement, MobileNetV2) { expect_near(application("MobileNetV2", 0.35), 92); }

TEST(FloatAgreement, EveryLayer) { expect_near(every_layer_model(), 93); }

}  // namespace
}  // namespace nudge::convert
