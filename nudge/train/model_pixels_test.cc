#include "nudge/train/model_pixels.h"

#include <gtest/gtest.h>

#include "nudge/applications/applications.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"

namespace nudge::train {
namespace {

Tensor pooled(const Tensor& x) { return layers::global_average_pooling2d(x, {}); }

Tensor scaled(const Tensor& x) { return layers::rescaling(x, {.scale = 0.1, .name = "scale"}); }

ModelPtr nested(const ModelPtr& body, const std::string& name) {
  const Tensor image = input({32, 32, 3});
  return make_model(image, body->call_all({image}).front(), name);
}

TEST(PixelScalingLayer, IsTheFirstOnEveryWay) {
  const Tensor image = input({8, 8, 3});
  EXPECT_EQ(pixel_scaling_layer(*make_model(image, pooled(scaled(image)))), "scale");
  EXPECT_EQ(pixel_scaling_layer(*make_model(image, pooled(image))), "");
  const Tensor padded = layers::zero_padding2d(image, {});
  EXPECT_EQ(pixel_scaling_layer(*make_model(image, pooled(scaled(padded)))), "scale");
  const Tensor first = layers::conv2d(image, {.filters = 3, .kernel_size = 1});
  EXPECT_EQ(pixel_scaling_layer(*make_model(image, pooled(scaled(first)))), "") << "those are no pixels";
  EXPECT_EQ(pixel_scaling_layer(*make_model(image, pooled(layers::add({image, scaled(image)}, {})))), "")
      << "one way around it is one too many";
}

TEST(PixelScalingLayer, IsFoundInNestedAndQuantizedModels) {
  const Tensor image = input({32, 32, 3});
  const Tensor x = layers::conv2d(scaled(image), {.filters = 4, .kernel_size = 3});
  const ModelPtr body = make_model(image, pooled(x), "body");
  const ModelPtr outer = nested(nested(body, "inner"), "outer");
  EXPECT_EQ(pixel_scaling_layer(*outer), "scale");
  outer->initialize(1);
  EXPECT_EQ(pixel_scaling_layer(*quantize::quantize_model(*outer)), "scale");
}

TEST(KnownArchitecture, IsThatOfItsLayers) {
  for (const char* name : {"MobileNet", "MobileNetV2"}) {
    const ModelPtr model = applications::build_application(
        name, {.input_shape = {32, 32, 3}, .alpha = 0.25, .include_top = false});
    ASSERT_TRUE(known_architecture(*model)) << name;
    EXPECT_EQ(known_architecture(*model)->name, name);
    EXPECT_EQ(known_architecture(*model)->preprocessing, "tf");
    const ModelPtr outer = nested(nested(model, "inner"), "outer");
    ASSERT_TRUE(known_architecture(*outer)) << name << ", nested twice";
    outer->initialize(1);
    const auto quantized = known_architecture(*quantize::quantize_model(*outer));
    ASSERT_TRUE(quantized) << name << ", quantized";
    EXPECT_EQ(quantized->name, name);
  }
}

TEST(KnownArchitecture, IsNoneForOthers) {
  EXPECT_FALSE(
      known_architecture(*applications::build_application("small_cnn", {.input_shape = {32, 32, 3}})));
  const Tensor image = input({8, 8, 3});  // one layer's name alone is a coincidence
  EXPECT_FALSE(known_architecture(
      *make_model(image, layers::conv2d(image, {.filters = 2, .kernel_size = 1, .name = "Conv1"}))));
}

}  // namespace
}  // namespace nudge::train
