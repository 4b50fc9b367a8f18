// The integer evaluator against LiteRT's reference kernels on whole models, tensor by tensor; and that their
// tensors and quantizers belong together one to one.
#include <gtest/gtest.h>

#include "nudge/applications/applications.h"
#include "nudge/convert/test_models.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/litert.h"

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

// A residual block of MobileNetV2, a mean and a classifier.
ModelPtr residual_model() {
  const Tensor x = input({32, 32, 3}, "image");
  const auto normalized = [](const Tensor& t) { return layers::batch_normalization(t); };
  const auto relu6 = [](const Tensor& t) { return layers::relu(t, {.max_value = 6}); };
  const Tensor first = relu6(normalized(
      layers::conv2d(x, {.filters = 8, .kernel_size = 3, .strides = 2, .padding = layers::Padding::kSame})));
  Tensor y = relu6(normalized(layers::conv2d(first, {.filters = 24})));
  y = relu6(normalized(layers::depthwise_conv2d(y, {.kernel_size = 3, .padding = layers::Padding::kSame})));
  y = layers::add({first, normalized(layers::conv2d(y, {.filters = 8}))});
  y = layers::global_average_pooling2d(y);
  return make_model(x, layers::dense(y, {.units = 5, .activation = layers::ActivationFunction::kSoftmax}),
                    "residual");
}

// XNNPACK, in which LiteRT runs applications, rounds otherwise than the reference kernels; with portable
// scales not one value comes out differently.  (Input codes are given: the two also quantize a float input
// otherwise, where it is in the middle of two codes.)
TEST(Agreement, LiteRtsDefaultKernelsComputeTheSame) {
  if (!tflite::litert_available()) GTEST_SKIP() << "LiteRT is not installed";
  uint64_t seed = 100;
  for (const ModelPtr& model :
       {residual_model(),
        applications::build_application("small_cnn", {.input_shape = {16, 16, 3}, .classes = 5})}) {
    for (const auto& scheme : {quantize::nudge_scheme(), quantize::tfmot_scheme()}) {
      const auto made = trained_like(model, seed += 10, ".*", scheme);
      const auto differing = [&](bool portable) {
        const Agreement agreement = expect_agrees_with_litert(
            *made.quantized, 100, seed + 1, {.input_type = DataType::kInt8, .portable_scales = portable});
        EXPECT_GT(agreement.most_codes, 100) << "the values hardly vary, so they prove nothing";
        return agreement.default_different;
      };
      EXPECT_EQ(differing(true), 0) << model->name() << ", " << scheme.name;
      EXPECT_GT(differing(false), 0) << model->name() << ", " << scheme.name;
    }
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
