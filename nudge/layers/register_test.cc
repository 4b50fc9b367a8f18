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
  std::vector<LayerPtr> layers{
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
      std::make_shared<ActivityRegularization>(
          ActivityRegularizationOptions{.l1 = 0.1, .l2 = 0.2, .name = "ar"}),
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
  const Json arguments = {{"factor", {0.1, 0.5}},  {"height_factor", 0.1}, {"width_factor", {-0.1, 0.2}},
                          {"x_factor", 0.1},       {"scale", 0.5},         {"value_range", {-1, 1}},
                          {"fill_mode", "wrap"},   {"fill_value", 0.5},    {"interpolation", "nearest"},
                          {"hue_factor", 0.1},     {"kernel_size", 5},     {"sigma", {0.1, 0.5}},
                          {"threshold_factor", 1}, {"mode", "vertical"},   {"seed", 3}};
  for (const std::string& name : random_image_classes()) {
    Json own = arguments;
    own["name"] = name;
    if (name == "RandomPosterization") own["factor"] = {2, 5};
    if (name == "RandomGrayscale") own["factor"] = 0.25;
    layers.push_back(std::make_shared<RandomImage>(name, own));
  }
  return layers;
}

// The same for layers whose options are all in their configuration.
std::vector<LayerPtr> configured() {
  register_layers();
  const Json recurrent{{"name", "r"},
                       {"units", 3},
                       {"activation", "relu"},
                       {"use_bias", false},
                       {"return_sequences", true},
                       {"go_backwards", true}};
  const Json heads{{"use_bias", false}, {"dropout", 0.25}};
  const Json conv{{"filters", 4},      {"kernel_size", 3},     {"strides", 2},
                  {"padding", "same"}, {"activation", "silu"}, {"use_bias", false}};
  const auto with = [](Json config, const Json& more) {
    config.update(more);
    return config;
  };
  const std::vector<std::pair<std::string, Json>> rows{
      {"AdaptiveAveragePooling1D", {{"output_size", 4}}},
      {"AdaptiveAveragePooling2D", {{"output_size", {4, 3}}}},
      {"AdaptiveAveragePooling3D", {{"output_size", {2, 3, 4}}}},
      {"AdaptiveMaxPooling1D", {{"output_size", 4}}},
      {"AdaptiveMaxPooling2D", {{"output_size", {4, 3}}}},
      {"AdaptiveMaxPooling3D", {{"output_size", {2, 3, 4}}}},
      {"AdditiveAttention", {{"use_scale", false}}},
      {"Attention", {{"use_scale", true}}},
      {"Average", Json::object()},
      {"AveragePooling1D", {{"pool_size", 3}, {"strides", 2}, {"padding", "same"}}},
      {"AveragePooling3D", {{"pool_size", {1, 2, 3}}, {"strides", 2}, {"padding", "same"}}},
      {"Bidirectional",
       {{"merge_mode", "ave"},
        {"layer", {{"class_name", "GRU"}, {"config", with(recurrent, {{"reset_after", false}})}}}}},
      {"CenterCrop", {{"height", 3}, {"width", 4}}},
      {"Conv1D", with(conv, {{"padding", "causal"}, {"groups", 2}})},
      {"Conv1DTranspose", conv},
      {"Conv2DTranspose", conv},
      {"Conv3D", with(conv, {{"kernel_size", {1, 2, 3}}, {"dilation_rate", 2}, {"strides", 1}})},
      {"Conv3DTranspose", conv},
      {"Cropping1D", {{"cropping", {1, 2}}}},
      {"Cropping2D", {{"cropping", {{1, 2}, {3, 0}}}}},
      {"Cropping3D", {{"cropping", {{1, 2}, {3, 0}, {0, 1}}}}},
      {"ConvLSTM2D", with(conv, {{"kernel_size", {3, 2}},
                                 {"recurrent_activation", "hard_sigmoid"},
                                 {"unit_forget_bias", false},
                                 {"go_backwards", true},
                                 {"return_sequences", true}})},
      {"CustomScaleLayer", {{"scale", 0.3}}},
      {"DepthwiseConv1D",
       {{"kernel_size", 3},
        {"strides", 2},
        {"padding", "same"},
        {"depth_multiplier", 2},
        {"use_bias", false}}},
      {"Dot", {{"axes", {1, 2}}, {"normalize", true}}},
      {"EinsumDense",
       {{"equation", "abc,cd->abd"},
        {"output_shape", {nullptr, 5}},
        {"bias_axes", "d"},
        {"activation", "tanh"}}},
      {"ELU", {{"alpha", 0.5}}},
      {"Embedding", {{"input_dim", 9}, {"output_dim", 4}, {"embeddings_initializer", "ones"}}},
      {"GlobalAveragePooling1D", {{"keepdims", true}}},
      {"GlobalAveragePooling3D", {{"keepdims", true}}},
      {"GlobalMaxPooling1D", {{"keepdims", true}}},
      {"GlobalMaxPooling3D", {{"keepdims", true}}},
      {"GroupNormalization", {{"groups", 2}, {"epsilon", 0.1}, {"center", false}, {"scale", false}}},
      {"GroupQueryAttention",
       with(heads, {{"head_dim", 3}, {"num_query_heads", 4}, {"num_key_value_heads", 2}})},
      {"GRU", with(recurrent, {{"reset_after", false}, {"recurrent_activation", "hard_sigmoid"}})},
      {"Identity", Json::object()},
      {"LayerNormalization", {{"axis", {1, 2}}, {"epsilon", 0.1}, {"center", false}, {"scale", false}}},
      {"LayerScale", {{"init_values", 0.5}, {"projection_dim", 4}}},
      {"LSTM", with(recurrent, {{"unit_forget_bias", false}})},
      {"Masking", {{"mask_value", 2.0}}},
      {"MaxPooling1D", {{"pool_size", 3}, {"strides", 2}, {"padding", "same"}}},
      {"MaxPooling3D", {{"pool_size", {1, 2, 3}}, {"strides", 2}, {"padding", "same"}}},
      {"Minimum", Json::object()},
      {"MultiHeadAttention",
       with(heads, {{"num_heads", 2}, {"key_dim", 3}, {"value_dim", 4}, {"output_shape", 5}})},
      {"Normalization", {{"mean", {0.1, 0.2}}, {"variance", {1.0, 0.5}}, {"invert", true}}},
      {"Operation",
       {{"class_name", "Mean"},
        {"module", "keras.src.ops.numpy"},
        {"config", {{"axis", {1, 2}}, {"keepdims", true}}},
        {"arguments", {{"args", Json::array()}, {"kwargs", Json::object()}}}}},
      {"Permute", {{"dims", {3, 1, 2}}}},
      {"PReLU", {{"alpha_initializer", "ones"}, {"shared_axes", {1, 2}}}},
      {"RepeatVector", {{"n", 3}}},
      {"Resizing", {{"height", 3}, {"width", 4}, {"interpolation", "nearest"}}},
      {"RMSNormalization", {{"epsilon", 0.1}}},
      {"SeparableConv1D", with(conv, {{"depth_multiplier", 2}})},
      {"SeparableConv2D", with(conv, {{"depth_multiplier", 2}})},
      {"SimpleRNN", recurrent},
      {"SpectralNormalization",
       {{"power_iterations", 2},
        {"layer", {{"class_name", "Dense"}, {"config", {{"name", "inner"}, {"units", 3}}}}}}},
      {"Subtract", Json::object()},
      {"TimeDistributed",
       {{"layer", {{"class_name", "Dense"}, {"config", {{"name", "inner"}, {"units", 3}}}}}}},
      {"UnitNormalization", {{"axis", 1}}},
      {"UpSampling1D", {{"size", 3}}},
      {"UpSampling3D", {{"size", {1, 2, 3}}}},
      {"ZeroPadding1D", {{"padding", {1, 2}}}},
      {"ZeroPadding3D", {{"padding", {{1, 2}, {3, 0}, {0, 1}}}}},
  };
  std::vector<LayerPtr> layers;
  for (const auto& [class_name, config] : rows) {
    layers.push_back(layer_from_config(class_name, with({{"name", "l"}}, config)));
    const Json serialized = layers.back()->serialized();
    // What was asked for is what is written, as far as it is written as it was asked for.
    for (const auto& [key, value] : config.items()) {
      const Json& written = serialized.at("config").at(key);
      if (!value.is_boolean() && !value.is_number_float()) continue;
      EXPECT_EQ(written, value) << class_name << " " << key;
    }
  }
  return layers;
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

TEST(RegisterTest, SerializedLayersComeBack) {
  for (const LayerPtr& layer : configured()) {
    SCOPED_TRACE(layer->class_name());
    const Json serialized = layer->serialized();
    const LayerPtr copy =
        layer_from_config(serialized.at("class_name").get<std::string>(), serialized.at("config"));
    EXPECT_EQ(dump_json(copy->serialized()), dump_json(serialized));
    EXPECT_EQ(dump_json(layer->clone()->serialized()), dump_json(serialized));
  }
}

TEST(RegisterTest, EveryRegisteredClassIsCovered) {
  register_layers();
  std::vector<std::string> covered;
  for (const LayerPtr& layer : one_of_each()) covered.push_back(layer->class_name());
  for (const LayerPtr& layer : configured()) {
    covered.push_back(layer->serialized().at("class_name").get<std::string>());
  }
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
