#include "nudge/quantize/quantize.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/graph/registry.h"
#include "nudge/graph/sequential.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/listed_quantize_config.h"
#include "nudge/quantize/quantize_wrapper.h"
#include "nudge/quantize/quantizers.h"
#include "nudge/quantize/register.h"

namespace nudge::quantize {
namespace {

using layers::ActivationFunction;

// "kernel post_activation": the slots of a layer; "~" before one that shares another's range.
std::string slots(const Model& model, const std::string& layer) {
  std::string text;
  const auto* quantized = dynamic_cast<const QuantizedLayer*>(&model.layer(layer));
  if (quantized == nullptr) return "float";
  for (const QuantizerSlot& slot : quantized->slots()) {
    text += (text.empty() ? "" : " ") + std::string(slot.range_of.empty() ? "" : "~") + slot.name;
  }
  return text;
}

const QuantizerSlot& last_slot(const Model& model, const std::string& layer) {
  return dynamic_cast<const QuantizedLayer&>(model.layer(layer)).slots().back();
}

Tensor image() { return input({8, 8, 3}, "image"); }
Tensor conv(const Tensor& x, const std::string& name,
            ActivationFunction function = ActivationFunction::kLinear) {
  return layers::conv2d(x, {.filters = 4, .kernel_size = 3, .activation = function, .name = name});
}

// A model of conv, BatchNormalization and ReLU.
ModelPtr conv_bn_relu(double max_value = 6, double slope = 0) {
  const Tensor x = image();
  const Tensor bn = layers::batch_normalization(conv(x, "conv"), {.name = "bn"});
  return make_model(x, layers::relu(bn, {.max_value = max_value, .negative_slope = slope, .name = "relu"}));
}

TEST(QuantizeModel, FusesConvBatchNormalizationAndRelu) {
  const ModelPtr model = quantize_model(*conv_bn_relu());
  EXPECT_EQ(slots(*model, "quantize_layer"), "quantize_layer");
  EXPECT_EQ(slots(*model, "quant_conv"), "kernel");
  EXPECT_EQ(slots(*model, "quant_bn"), "");
  EXPECT_EQ(slots(*model, "quant_relu"), "output");
}

TEST(QuantizeModel, ALeakyReluDoesNotFuse) {
  EXPECT_EQ(slots(*quantize_model(*conv_bn_relu(6, 0.1)), "quant_bn"), "output");
  EXPECT_EQ(slots(*quantize_model(*conv_bn_relu(6, 0.1), tfmot_scheme()), "quant_bn"), "");
}

TEST(QuantizeModel, KeepsTheKernelsQuantizerBeforeASeparateRelu) {
  const Tensor x = image();
  const ModelPtr model = make_model(x, layers::relu(conv(x, "conv"), {.name = "relu"}));
  EXPECT_EQ(slots(*quantize_model(*model), "quant_conv"), "kernel");
  EXPECT_EQ(slots(*quantize_model(*model, tfmot_scheme()), "quant_conv"), "");
}

TEST(QuantizeModel, AcceptsBatchNormalizationAlone) {
  const Tensor x = image();
  const ModelPtr model = make_model(x, conv(layers::batch_normalization(x, {.name = "bn"}), "conv"));
  EXPECT_EQ(slots(*quantize_model(*model), "quant_bn"), "output");
  EXPECT_THROW(quantize_model(*model, tfmot_scheme()), UnsupportedError);
}

TEST(QuantizeModel, DenseBatchNormalizationRelu) {
  const Tensor x = input({6});
  const Tensor bn =
      layers::batch_normalization(layers::dense(x, {.units = 4, .name = "dense"}), {.name = "bn"});
  const ModelPtr model = make_model(x, layers::relu(bn, {.name = "relu"}));
  EXPECT_EQ(slots(*quantize_model(*model), "quant_bn"), "");
  // TFMOT's oddity: both.
  EXPECT_EQ(slots(*quantize_model(*model, tfmot_scheme()), "quant_bn"), "output");
}

TEST(QuantizeModel, AConvolutionReadTwiceDoesNotFuse) {
  const Tensor x = image();
  const Tensor y = conv(x, "conv");
  const ModelPtr model =
      make_model({x}, {layers::add({layers::batch_normalization(y, {.name = "bn"}), y}, {.name = "add"})});
  const ModelPtr quantized = quantize_model(*model);
  EXPECT_EQ(slots(*quantized, "quant_conv"), "kernel post_activation");
  EXPECT_EQ(slots(*quantized, "quant_bn"), "output");
  EXPECT_EQ(slots(*quantized, "quant_add"), "output");
}

TEST(QuantizeModel, DepthwiseKernelsHaveARangeAChannel) {
  const Tensor x = image();
  const ModelPtr model =
      make_model(x, layers::depthwise_conv2d(x, {.kernel_size = 3, .depth_multiplier = 2, .name = "dw"}));
  EXPECT_EQ(quantize_model(*model)->layer("quant_dw").weight("depthwise_kernel_min").shape, Shape{6});
  EXPECT_EQ(quantize_model(*model, tfmot_scheme())->layer("quant_dw").weight("depthwise_kernel_min").shape,
            Shape{2});
}

TEST(QuantizeModel, SoftmaxOutputsCarryTflitesGrid) {
  const Tensor x = input({6});
  const Tensor logits = layers::dense(x, {.units = 4, .name = "dense"});
  const ModelPtr model = make_model(
      x, layers::activation(logits, {.activation = ActivationFunction::kSoftmax, .name = "softmax"}));
  const ModelPtr quantized = quantize_model(*model);
  EXPECT_EQ(slots(*quantized, "quant_dense"), "kernel post_activation");
  const QuantizerSlot& slot = last_slot(*quantized, "quant_softmax");
  EXPECT_TRUE(slot.inference_only);
  EXPECT_EQ(slot.quantizer->options().init_max, 255.0f / 256);
  EXPECT_EQ(slots(*quantize_model(*model, tfmot_scheme()), "quant_softmax"), "");
}

TEST(QuantizeModel, ASigmoidInsideAModelIsQuantizedInTrainingToo) {
  const Tensor x = image();
  const ModelPtr model = make_model(x, conv(conv(x, "gate", ActivationFunction::kSigmoid), "conv"));
  const ModelPtr quantized = quantize_model(*model);
  EXPECT_EQ(slots(*quantized, "quant_gate"), "kernel pre_activation post_activation");
  EXPECT_FALSE(last_slot(*quantized, "quant_gate").inference_only);
}

TEST(QuantizeModel, WhatIsConcatenatedSharesOneRange) {
  const Tensor x = image();
  const Tensor a = conv(x, "a"), b = conv(x, "b"), c = conv(x, "c");
  const Tensor inner = layers::concatenate({a, b}, {.name = "inner"});
  const Tensor outer = layers::concatenate({inner, c}, {.name = "outer"});
  // The skip connection from a to the sum does not take it out of the group.
  const ModelPtr model = make_model({x}, {outer, layers::add({a, b}, {.name = "add"})});
  const ModelPtr quantized = quantize_model(*model);
  EXPECT_EQ(slots(*quantized, "quant_a"), "kernel post_activation");
  for (const char* name : {"quant_b", "quant_c", "quant_inner", "quant_outer"}) {
    EXPECT_EQ(last_slot(*quantized, name).range_of, "quant_a/post_activation") << name;
  }
  EXPECT_EQ(slots(*quantized, "quant_add"), "output");

  const ModelPtr nested = quantize_model(*make_model(x, outer), tfmot_scheme());
  EXPECT_EQ(slots(*nested, "quant_inner"), "");
  EXPECT_EQ(slots(*nested, "quant_outer"), "output");
}

TEST(QuantizeModel, PoolingSharesItsInputsRangeAndFixedGridsStayOut) {
  const Tensor x = image();
  const Tensor a = conv(x, "a"), gate = conv(x, "gate", ActivationFunction::kSigmoid);
  const Tensor pooled = layers::average_pooling2d(layers::max_pooling2d(a, {.name = "max"}), {.name = "avg"});
  const ModelPtr model =
      quantize_model(*make_model({x}, {pooled, layers::concatenate({gate, a}, {.name = "both"})}));
  EXPECT_EQ(slots(*model, "quant_max"), "");
  EXPECT_EQ(last_slot(*model, "quant_avg").range_of, "quant_a/post_activation");
  EXPECT_EQ(last_slot(*model, "quant_both").range_of, "quant_a/post_activation");
  EXPECT_EQ(last_slot(*model, "quant_gate").range_of, "");
}

TEST(QuantizeModel, AnAverageFollowsAGridThatIsNotFree) {
  const auto average = [](const Tensor& x, const std::string& name) {
    return layers::average_pooling2d(x, {.name = name});
  };
  const Tensor x = image(), y = input({8, 8, 3}, "other");
  const Tensor gate = conv(y, "gate", ActivationFunction::kSigmoid);
  const Tensor first = average(layers::zero_padding2d(y, {.name = "pad"}), "of_input");
  const ModelPtr model = quantize_model(
      *make_model({x, y}, {average(x, "of_other"), average(first, "twice"), average(gate, "of_gate")}));
  // The deeper input comes first.
  EXPECT_EQ(last_slot(*model, "quant_of_input").range_of, "quantize_layer/quantize_layer");
  EXPECT_EQ(last_slot(*model, "quant_twice").range_of, "quantize_layer/quantize_layer");
  EXPECT_EQ(last_slot(*model, "quant_of_other").range_of, "quantize_layer_1/quantize_layer_1");
  EXPECT_EQ(last_slot(*model, "quant_of_gate").quantizer, last_slot(*model, "quant_gate").quantizer);

  const auto own = std::make_shared<ListedQuantizeConfig>(
      "Own", ListedQuantizers{.output = std::make_shared<MovingAverageQuantizer>(QuantizerOptions{})});
  const auto relu = std::make_shared<layers::ReLU>(layers::ReLUOptions{.name = "relu"});
  const auto pool =
      std::make_shared<layers::AveragePooling2D>(layers::AveragePooling2DOptions{.name = "of_custom"});
  const Tensor custom = quantize_annotate_layer(pool)->call(quantize_annotate_layer(relu, own)->call(x));
  EXPECT_EQ(last_slot(*quantize_apply(*make_model(x, custom)), "quant_of_custom").range_of,
            "quant_relu/output");
}

TEST(QuantizeAnnotate, AnAverageSharesTheRangeOfAFloatNeighbour) {
  const Tensor x = image();
  const ModelPtr model = make_model(x, layers::average_pooling2d(conv(x, "conv"), {.name = "avg"}));
  const ModelPtr quantized = quantize_apply(*quantize_annotate_model(*model, "avg"));
  EXPECT_EQ(slots(*quantized, "quant_conv"), "output");
  EXPECT_EQ(last_slot(*quantized, "quant_avg").range_of, "quant_conv/output");
}

TEST(QuantizeModel, FlattensNestedModelsAndCopiesWeights) {
  const ModelPtr inner = conv_bn_relu();
  const ModelPtr model = sequential({inner, std::make_shared<layers::Flatten>(),
                                     std::make_shared<layers::Dense>(layers::DenseOptions{.units = 2})});
  model->initialize(1);
  const ModelPtr quantized = quantize_model(*model);
  EXPECT_EQ(slots(*quantized, "quant_relu"), "output");
  const Array& kernel = quantized->layer("quant_conv").weight("kernel").value;
  EXPECT_TRUE(identical(kernel, inner->layer("conv").weight("kernel").value));
  EXPECT_NE(kernel.bytes(), inner->layer("conv").weight("kernel").value.bytes());
}

TEST(QuantizeModel, ALayerCalledTwiceHasOneWrapper) {
  const Tensor x = image(), y = input({8, 8, 3}, "other");
  const auto shared = std::make_shared<layers::Conv2D>(layers::Conv2DOptions{.filters = 4, .name = "conv"});
  const ModelPtr model =
      quantize_model(*make_model({x, y}, {layers::add({shared->call(x), shared->call(y)}, {.name = "add"})}));
  EXPECT_EQ(model->layers().size(), 6u);
  EXPECT_EQ(slots(*model, "quantize_layer_1"), "quantize_layer_1");
}

TEST(QuantizeModel, Errors) {
  const ModelPtr model = conv_bn_relu();
  EXPECT_THROW(quantize_model(*quantize_model(*model)), ValueError);
  EXPECT_THROW(quantize_apply(*model), ValueError);
  EXPECT_THROW(quantize_annotate_model(*model, "("), ValueError);
  EXPECT_THROW(quantize_annotate_layer(model), ValueError);
  EXPECT_THROW(quantize_annotate_layer(nullptr), ValueError);
  EXPECT_THROW(scheme_from_name("tfmott"), ValueError);
  const auto annotated = quantize_annotate_layer(std::make_shared<layers::Flatten>());
  EXPECT_THROW(quantize_annotate_layer(annotated), ValueError);

  const Tensor x = image();
  const ModelPtr product = make_model({x}, {layers::multiply({x, x}, {.name = "mul"})});
  try {
    quantize_model(*product, tfmot_scheme());
    FAIL() << "TFMOT does not know Multiply";
  } catch (const UnsupportedError& error) {
    EXPECT_NE(std::string(error.what()).find("'mul' (Multiply)"), std::string::npos) << error.what();
    EXPECT_NE(std::string(error.what()).find("QuantizeConfig"), std::string::npos) << error.what();
  }
}

TEST(QuantizeAnnotate, OnlyNamedLayersAreQuantizedAndWhatFeedsThemIsOnAGrid) {
  const Tensor x = image();
  const ModelPtr model = make_model(x, conv(conv(conv(x, "first"), "second"), "third"));
  const ModelPtr second = quantize_apply(*quantize_annotate_model(*model, "second"));
  EXPECT_EQ(slots(*second, "quant_first"), "output");
  EXPECT_EQ(slots(*second, "quant_second"), "kernel post_activation");
  EXPECT_EQ(slots(*second, "third"), "float");
  const ModelPtr first = quantize_apply(*quantize_annotate_model(*model, "first"));
  EXPECT_EQ(slots(*first, "quantize_layer"), "quantize_layer");
}

TEST(QuantizeAnnotate, LayersCanBeLeftOut) {
  const Tensor x = image();
  const ModelPtr model = make_model(x, conv(conv(conv(x, "first"), "second"), "third"));
  const ModelPtr quantized = quantize_apply(*quantize_annotate_model(*model, ".*", "second|third"));
  EXPECT_EQ(slots(*quantized, "quant_first"), "kernel post_activation");
  EXPECT_EQ(slots(*quantized, "second"), "float");
  EXPECT_EQ(slots(*quantized, "third"), "float");
  EXPECT_THROW(quantize_apply(*quantize_annotate_model(*model, ".*", ".*")), ValueError);
  EXPECT_THROW(quantize_annotate_model(*model, ".*", "("), ValueError);
}

TEST(QuantizeAnnotate, AFloatFlattenBetweenTheInputAndAnAnnotatedLayerGetsTheQuantizer) {
  const Tensor x = image();
  const Tensor flat = std::make_shared<layers::Flatten>(layers::FlattenOptions{.name = "flat"})->call(x);
  const ModelPtr model = make_model(x, layers::dense(flat, {.units = 2, .name = "dense"}));
  const ModelPtr quantized = quantize_apply(*quantize_annotate_model(*model, "dense"));
  EXPECT_EQ(slots(*quantized, "quant_flat"), "output");
}

TEST(QuantizeAnnotate, ACustomConfigWinsOverTransforms) {
  const auto four_bits = std::make_shared<LastValueQuantizer>(
      QuantizerOptions{.num_bits = 4, .symmetric = true, .narrow_range = true});
  const auto config = std::make_shared<ListedQuantizeConfig>(
      "FourBits", ListedQuantizers{.weights = {{"kernel", four_bits}},
                                   .pre_activation = nullptr,
                                   .post_activation = nullptr,
                                   .output = std::make_shared<MovingAverageQuantizer>(QuantizerOptions{})});
  const Tensor x = image();
  const auto layer = std::make_shared<layers::Conv2D>(layers::Conv2DOptions{.filters = 4, .name = "conv"});
  const Tensor y = quantize_annotate_layer(layer, config)->call(x);
  const Tensor z =
      quantize_annotate_layer(std::make_shared<layers::ReLU>(layers::ReLUOptions{.name = "relu"}))->call(y);
  const ModelPtr model = quantize_apply(*make_model(x, z));
  EXPECT_EQ(slots(*model, "quant_conv"), "kernel output");
  EXPECT_EQ(dynamic_cast<const QuantizeWrapper&>(model->layer("quant_conv")).quantize_config(), "FourBits");
  const Json json = config->config();
  EXPECT_EQ(ListedQuantizeConfig::from_config("FourBits", json)->config(), json);
}

TEST(QuantizeWrapper, ComesBackFromItsConfigWithItsProgress) {
  layers::register_layers();
  register_quantize_layers();
  const ModelPtr model = quantize_model(*conv_bn_relu());
  auto& relu = dynamic_cast<QuantizeWrapper&>(model->layer("quant_relu"));
  relu.slots()[0].progress = {.updates = 7, .mass = 0.25, .distance = 0.5, .recent_min = -1, .recent_max = 3};
  for (const LayerPtr& layer : model->layers()) {
    if (layer->class_name() == "InputLayer") continue;
    const LayerPtr again = layer_from_config(layer->class_name(), layer->config());
    EXPECT_EQ(again->config(), layer->config());
  }
}

TEST(QuantizeWrapper, FreezingReachesTheLayer) {
  const ModelPtr model = quantize_model(*conv_bn_relu());
  auto& conv_layer = dynamic_cast<QuantizeWrapper&>(model->layer("quant_conv"));
  conv_layer.set_trainable(false);
  EXPECT_FALSE(conv_layer.inner()->trainable());
}

}  // namespace
}  // namespace nudge::quantize
