#include "nudge/layers/conv2d.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/depthwise_conv2d.h"

namespace nudge::layers {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Conv2DTest, ShapesAndWeights) {
  const Tensor x = input({32, 31, 4});
  const Tensor y = conv2d(x, {.filters = 6, .kernel_size = {3, 5}, .strides = 2, .padding = Padding::kSame});
  EXPECT_THAT(y.shape(), ElementsAre(kUnknown, 16, 16, 6));
  const auto weights = y.layer().weights();
  ASSERT_EQ(weights.size(), 2);
  EXPECT_EQ(weights[0]->name, "kernel");
  EXPECT_THAT(weights[0]->shape, ElementsAre(3, 5, 4, 6));
  EXPECT_EQ(weights[1]->name, "bias");
  EXPECT_THAT(weights[1]->shape, ElementsAre(6));
  EXPECT_TRUE(weights[0]->value.empty());
}

TEST(Conv2DTest, GroupsDivideTheKernel) {
  const Tensor y = conv2d(input({8, 8, 4}), {.filters = 6, .kernel_size = 3, .groups = 2, .use_bias = false});
  EXPECT_THAT(y.shape(), ElementsAre(kUnknown, 6, 6, 6));
  EXPECT_THAT(y.layer().weight("kernel").shape, ElementsAre(3, 3, 2, 6));
  EXPECT_EQ(y.layer().weights().size(), 1);
}

TEST(Conv2DTest, DilationWidensTheWindow) {
  const Tensor y = conv2d(input({9, 9, 1}), {.filters = 1, .kernel_size = 3, .dilation_rate = 2});
  EXPECT_THAT(y.shape(), ElementsAre(kUnknown, 5, 5, 1));
}

TEST(Conv2DTest, RefusesOptionsOutOfRange) {
  EXPECT_THAT(
      [] { Conv2D({.name = "c"}); },
      ThrowsMessage<ValueError>("layer 'c' (Conv2D): filters must be a positive 32-bit number, given 0"));
  EXPECT_THROW(Conv2D({.filters = 1, .kernel_size = 0}), ValueError);
  EXPECT_THROW(Conv2D({.filters = 1, .strides = {1, -1}}), ValueError);
  EXPECT_THROW(Conv2D({.filters = int64_t{1} << 40}), ValueError);
  EXPECT_THAT([] { Conv2D({.filters = 3, .groups = 2}); },
              ThrowsMessage<ValueError>(HasSubstr("groups 2 does not divide filters 3")));
  EXPECT_THAT([] { Conv2D({.filters = 1, .strides = 2, .dilation_rate = 2}); },
              ThrowsMessage<ValueError>(HasSubstr("strides and dilation_rate")));
}

TEST(Conv2DTest, RefusesShapesThatDoNotFit) {
  EXPECT_THAT(
      [] {
        conv2d(input({2, 8, 1}), {.filters = 1, .kernel_size = 3, .name = "c"});
      },
      ThrowsMessage<ShapeError>(
          AllOf(HasSubstr("layer 'c' (Conv2D)"), HasSubstr("at least 3x3"), HasSubstr("(None, 2, 8, 1)"))));
  EXPECT_THAT(
      [] {
        conv2d(input({8, 8}), {.filters = 1});
      },
      ThrowsMessage<ShapeError>(AllOf(HasSubstr("rank 4"), HasSubstr("(None, 8, 8)"))));
  EXPECT_THAT(
      [] {
        conv2d(input({8, 8, 3}), {.filters = 2, .groups = 2});
      },
      ThrowsMessage<ShapeError>(HasSubstr("2 equal groups")));
  const Conv2D layer({.filters = 1});
  EXPECT_THAT(
      [&] {
        layer.output_shapes({{kUnknown, kUnknown, 8, 3}});
      },
      ThrowsMessage<ShapeError>(HasSubstr("definite")));
}

TEST(Conv2DTest, SharedLayerKeepsItsChannels) {
  const auto layer = std::make_shared<Conv2D>(Conv2DOptions{.filters = 1, .name = "c"});
  layer->call(input({8, 8, 3}));
  EXPECT_THAT(layer->call(input({4, 4, 3})).shape(), ElementsAre(kUnknown, 4, 4, 1));
  EXPECT_THAT(
      [&] {
        layer->call(input({8, 8, 4}));
      },
      ThrowsMessage<ShapeError>(AllOf(HasSubstr("the 3 channels"), HasSubstr("(None, 8, 8, 4)"))));
}

TEST(Conv2DTest, ReadsWhatKerasWrites) {
  const Json config = Json::parse(R"({"name": "conv2d", "trainable": false,
    "dtype": {"module": "keras", "class_name": "DTypePolicy", "config": {"name": "float32"},
              "registered_name": null},
    "filters": 3, "kernel_size": [3, 5], "strides": [2, 1], "padding": "same",
    "data_format": "channels_last", "dilation_rate": [1, 1], "groups": 1, "activation": "relu",
    "use_bias": false,
    "kernel_initializer": {"module": "keras.initializers", "class_name": "HeNormal",
                           "config": {"seed": null}, "registered_name": null},
    "bias_initializer": {"module": "keras.initializers", "class_name": "Zeros", "config": {},
                         "registered_name": null},
    "kernel_regularizer": null, "bias_regularizer": null, "activity_regularizer": null,
    "kernel_constraint": null, "bias_constraint": null})");
  const LayerPtr layer = Conv2D::from_config(config);
  const Conv2DOptions& options = dynamic_cast<const Conv2D&>(*layer).options();
  EXPECT_EQ(layer->name(), "conv2d");
  EXPECT_FALSE(layer->trainable());
  EXPECT_EQ(options.filters, 3);
  EXPECT_EQ(options.kernel_size, Size2(3, 5));
  EXPECT_EQ(options.strides, Size2(2, 1));
  EXPECT_EQ(options.padding, Padding::kSame);
  EXPECT_EQ(options.activation, ActivationFunction::kRelu);
  EXPECT_FALSE(options.use_bias);
  EXPECT_EQ(options.kernel_initializer.name, "HeNormal");
}

TEST(DepthwiseConv2DTest, ShapesAndWeights) {
  const Tensor y =
      depthwise_conv2d(input({9, 9, 4}), {.kernel_size = 3, .strides = 2, .depth_multiplier = 2});
  EXPECT_THAT(y.shape(), ElementsAre(kUnknown, 4, 4, 8));
  EXPECT_THAT(y.layer().weight("depthwise_kernel").shape, ElementsAre(3, 3, 4, 2));
  EXPECT_THAT(y.layer().weight("bias").shape, ElementsAre(8));
}

TEST(DepthwiseConv2DTest, RefusesWhatDoesNotFit) {
  EXPECT_THAT([] { DepthwiseConv2D({.depth_multiplier = 0}); },
              ThrowsMessage<ValueError>(HasSubstr("depth_multiplier")));
  EXPECT_THROW(DepthwiseConv2D({.strides = 2, .dilation_rate = 2}), ValueError);
  EXPECT_THAT(
      [] {
        depthwise_conv2d(input({2, 2, 1}), {.kernel_size = 3});
      },
      ThrowsMessage<ShapeError>(HasSubstr("at least 3x3")));
  const auto layer = std::make_shared<DepthwiseConv2D>(DepthwiseConv2DOptions{});
  layer->call(input({8, 8, 3}));
  EXPECT_THAT([&] { layer->call(input({8, 8, 4})); }, ThrowsMessage<ShapeError>(HasSubstr("the 3 channels")));
}

}  // namespace
}  // namespace nudge::layers
