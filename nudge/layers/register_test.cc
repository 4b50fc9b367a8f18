#include "nudge/layers/register.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/graph/registry.h"
#include "nudge/layers/layers.h"

namespace nudge::layers {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

// A layer of each class with every option away from its default.
std::vector<LayerPtr> one_of_each() {
  return {
      std::make_shared<InputLayer>(Shape{4, 4, 3}, "image"),
      std::make_shared<Activation>(
          ActivationOptions{.activation = ActivationFunction::kSigmoid, .name = "n1"}),
      std::make_shared<Add>(AddOptions{.name = "n2"}),
      std::make_shared<AveragePooling2D>(
          Pooling2DOptions{.pool_size = 3, .strides = {1, 2}, .padding = Padding::kSame, .name = "n3"}),
      std::make_shared<BatchNormalization>(
          BatchNormalizationOptions{.axis = 3,
                                    .momentum = 0.9,
                                    .epsilon = 1e-5,
                                    .center = false,
                                    .scale = false,
                                    .beta_initializer = Initializer::ones(),
                                    .gamma_initializer = Initializer::zeros(),
                                    .name = "n4"}),
      std::make_shared<Concatenate>(ConcatenateOptions{.axis = 1, .name = "n5"}),
      std::make_shared<Conv2D>(Conv2DOptions{.filters = 4,
                                             .kernel_size = {3, 5},
                                             .padding = Padding::kSame,
                                             .dilation_rate = {2, 1},
                                             .groups = 2,
                                             .activation = ActivationFunction::kRelu6,
                                             .use_bias = false,
                                             .kernel_initializer = {.name = "HeNormal"},
                                             .bias_initializer = Initializer::constant(0.5),
                                             .name = "n6"}),
      std::make_shared<Dense>(DenseOptions{.units = 3,
                                           .activation = ActivationFunction::kTanh,
                                           .use_bias = false,
                                           .kernel_initializer = {.name = "RandomNormal", .stddev = 0.1},
                                           .name = "n7"}),
      std::make_shared<DepthwiseConv2D>(DepthwiseConv2DOptions{.kernel_size = 3,
                                                               .strides = 2,
                                                               .padding = Padding::kSame,
                                                               .depth_multiplier = 2,
                                                               .activation = ActivationFunction::kRelu,
                                                               .use_bias = false,
                                                               .name = "n8"}),
      std::make_shared<Dropout>(
          DropoutOptions{.rate = 0.25, .seed = 5, .noise_shape = {kUnknown, 1}, .name = "n9"}),
      std::make_shared<SpatialDropout>(1, SpatialDropoutOptions{.rate = 0.1, .seed = 1, .name = "sd1"}),
      std::make_shared<SpatialDropout>(2, SpatialDropoutOptions{.rate = 0.2, .seed = 2, .name = "sd2"}),
      std::make_shared<SpatialDropout>(3, SpatialDropoutOptions{.rate = 0.3, .seed = 3, .name = "sd3"}),
      std::make_shared<AlphaDropout>(
          AlphaDropoutOptions{.rate = 0.25, .seed = 5, .noise_shape = {kUnknown, 1}, .name = "ad"}),
      std::make_shared<GaussianDropout>(GaussianDropoutOptions{.rate = 0.25, .seed = 5, .name = "gd"}),
      std::make_shared<GaussianNoise>(GaussianNoiseOptions{.stddev = 0.25, .seed = 5, .name = "gn"}),
      std::make_shared<StochasticDepth>(StochasticDepthOptions{.drop_path_rate = 0.2, .name = "sd"}),
      std::make_shared<Flatten>(FlattenOptions{.name = "n10"}),
      std::make_shared<GlobalAveragePooling2D>(GlobalPooling2DOptions{.keepdims = true, .name = "n11"}),
      std::make_shared<GlobalMaxPooling2D>(GlobalPooling2DOptions{.keepdims = true, .name = "n12"}),
      std::make_shared<LeakyReLU>(LeakyReLUOptions{.negative_slope = 0.2, .name = "n13"}),
      std::make_shared<MaxPooling2D>(Pooling2DOptions{.pool_size = 3, .strides = 2, .name = "n14"}),
      std::make_shared<Maximum>(MaximumOptions{.name = "n15"}),
      std::make_shared<Multiply>(MultiplyOptions{.name = "n16"}),
      std::make_shared<ReLU>(
          ReLUOptions{.max_value = 6, .negative_slope = 0.1, .threshold = 0.5, .name = "n17"}),
      std::make_shared<Rescaling>(RescalingOptions{.scale = 2, .offset = -1, .name = "n18"}),
      std::make_shared<Reshape>(ReshapeOptions{.target_shape = {-1, 3}, .name = "n19"}),
      std::make_shared<Softmax>(SoftmaxOptions{.axis = 1, .name = "n20"}),
      std::make_shared<UpSampling2D>(
          UpSampling2DOptions{.size = {2, 3}, .interpolation = Interpolation::kBilinear, .name = "n21"}),
      std::make_shared<ZeroPadding2D>(
          ZeroPadding2DOptions{.top = 0, .bottom = 1, .left = 2, .right = 3, .name = "n22"}),
  };
}

TEST(RegisterTest, ConfigurationsComeBack) {
  register_layers();
  register_layers();
  for (const LayerPtr& layer : one_of_each()) {
    SCOPED_TRACE(layer->class_name());
    // What Keras's classes take no `trainable` for keep none.
    layer->set_trainable(!layer->config().contains("trainable"));
    const LayerPtr copy = layer_from_config(layer->class_name(), layer->config());
    EXPECT_EQ(copy->class_name(), layer->class_name());
    EXPECT_EQ(copy->name(), layer->name());
    EXPECT_EQ(dump_json(copy->config()), dump_json(layer->config()));
    EXPECT_EQ(dump_json(layer->clone()->config()), dump_json(layer->config()));
  }
}

TEST(RegisterTest, EveryRegisteredClassIsCovered) {
  register_layers();
  std::vector<std::string> covered;
  for (const LayerPtr& layer : one_of_each()) covered.push_back(layer->class_name());
  EXPECT_THAT(registered_layers(), testing::UnorderedElementsAreArray(covered));
}

TEST(RegisterTest, DefaultNamesAreKeras) {
  reset_layer_names();
  EXPECT_EQ(Conv2D({.filters = 1}).name(), "conv2d");
  EXPECT_EQ(Conv2D({.filters = 1}).name(), "conv2d_1");
  EXPECT_EQ(DepthwiseConv2D({}).name(), "depthwise_conv2d");
  EXPECT_EQ(ReLU().name(), "re_lu");
  EXPECT_EQ(GlobalAveragePooling2D().name(), "global_average_pooling2d");
  EXPECT_EQ(BatchNormalization().name(), "batch_normalization");
}

TEST(RegisterTest, UnknownClassSuggestsTheNearest) {
  register_layers();
  EXPECT_THAT([] { layer_from_config("Conv2d", Json::object()); },
              ThrowsMessage<UnsupportedError>(HasSubstr("'Conv2D'")));
}

}  // namespace
}  // namespace nudge::layers
