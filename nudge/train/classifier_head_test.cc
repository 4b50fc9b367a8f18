#include "nudge/train/classifier_head.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/applications/applications.h"
#include "nudge/base/error.h"
#include "nudge/plan/plan.h"
#include "nudge/quantize/quantize.h"
#include "nudge/train/test_nested.h"

namespace nudge::train {
namespace {

using layers::ActivationFunction;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

std::vector<std::string> names_of(const std::vector<LayerPtr>& layers) {
  std::vector<std::string> names;
  for (const LayerPtr& layer : layers) names.push_back(layer->name());
  return names;
}

std::vector<std::string> head_of(const std::string& application,
                                 const applications::ApplicationOptions& options) {
  return names_of(classifier_head(*applications::build_application(application, options)).layers);
}

TEST(ClassifierHead, BeginsBehindTheLastPooling) {
  EXPECT_THAT(head_of("MobileNetV2", {.input_shape = {32, 32, 3}}), ElementsAre("predictions"));
  EXPECT_THAT(head_of("MobileNet", {.input_shape = {32, 32, 3}}),
              ElementsAre("dropout", "conv_preds", "reshape_2", "predictions"));
  EXPECT_THAT(head_of("small_cnn", {.input_shape = {32, 32, 3}}),
              ElementsAre("dense", "dense_1", "activation"));
  EXPECT_THAT(head_of("MobileNetV2", {.input_shape = {32, 32, 3}, .include_top = false}), IsEmpty());
  const ModelPtr nested = nested_model();
  EXPECT_EQ(classifier_head(*nested).pooling->name(), "pool");
  EXPECT_THAT(names_of(classifier_head(*nested).layers), ElementsAre("dense_Dense1", "dense_Dense2"));
}

// As in MobileNetV3: what flattens single pixels is behind the pooling, not the pooling.
TEST(ClassifierHead, AFlattenOfSinglePixelsIsPartOfIt) {
  const Tensor image = input({8, 8, 3}, "image");
  Tensor x = layers::conv2d(image, {.filters = 4, .kernel_size = 3, .name = "body"});
  x = layers::global_average_pooling2d(x, {.keepdims = true, .name = "pool"});
  x = layers::conv2d(x, {.filters = 5, .kernel_size = 1, .name = "logits"});
  x = layers::flatten(x, {.name = "flatten"});
  const ModelPtr model = make_model(image, layers::softmax(x, {.name = "softmax"}));
  EXPECT_THAT(names_of(classifier_head(*model).layers), ElementsAre("logits", "flatten", "softmax"));

  const HeadReplacement replaced = replace_head(*model, {.classes = 3});
  EXPECT_THAT(names_of(replaced.model->layers()), ElementsAre("image", "body", "pool", "flatten", "dense"));
  EXPECT_EQ(replaced.model->outputs().front().shape(), (Shape{kUnknown, 3}));
}

TEST(ReplaceHead, KeepsTheBodyAndItsWeights) {
  const ModelPtr model = nested_model();
  model->initialize(3);
  const HeadReplacement replaced =
      replace_head(*model, {.classes = 7, .hidden = {{10, ActivationFunction::kTanh}, {5}}});
  EXPECT_THAT(replaced.removed, ElementsAre("dense_Dense1", "dense_Dense2"));
  EXPECT_THAT(replaced.added, ElementsAre("dense", "dense_1", "dense_2"));
  EXPECT_THAT(names_of(replaced.model->layers()),
              ElementsAre("image", "conv", "norm", "act", "pool", "dense", "dense_1", "dense_2"));
  EXPECT_EQ(&replaced.model->layer("conv"), body_layer(*model, "conv")) << "shared, with its weights";
  const auto& dense = dynamic_cast<const layers::Dense&>(replaced.model->layer("dense"));
  EXPECT_EQ(dense.options().activation, ActivationFunction::kTanh);
  EXPECT_EQ(dynamic_cast<const layers::Dense&>(replaced.model->layer("dense_1")).options().units, 5);

  // The features that the new head sees are those that the old one saw.
  replaced.model->initialize(4);
  const Array x = Array::full<float>({2, 8, 8, 3}, 0.25f);
  const auto features = [&](const ModelPtr& of) {
    const auto plan = plan::compile(of, {.fused = false});
    plan->forward({x}, plan::Mode::kInference);
    return plan->layer_output("pool");
  };
  EXPECT_TRUE(identical(features(model), features(replaced.model)));
}

TEST(ReplaceHead, AFeatureMapIsPooledFirst) {
  const ModelPtr body = applications::build_application(
      "MobileNetV2", {.input_shape = {32, 32, 3}, .alpha = 0.35, .include_top = false});
  const HeadReplacement average = replace_head(*body, {.classes = 2});
  EXPECT_THAT(average.removed, IsEmpty());
  EXPECT_THAT(average.added, ElementsAre("global_average_pooling2d", "dense"));
  EXPECT_THAT(replace_head(*body, {.classes = 2, .max_pooling = true}).added,
              ElementsAre("global_max_pooling2d", "dense"));
  const ModelPtr pooled = applications::build_application(
      "MobileNetV2", {.input_shape = {32, 32, 3}, .alpha = 0.35, .include_top = false, .pooling = "max"});
  EXPECT_THAT(replace_head(*pooled, {.classes = 2}).added, ElementsAre("dense"));
}

TEST(ReplaceHead, ReusesNamesOfWhatWentAndNoOthers) {
  const Tensor image = input({8, 8, 3}, "dense");
  Tensor x = layers::flatten(image, {.name = "dense_1"});
  x = layers::dense(x, {.units = 2, .name = "dense_2"});
  const HeadReplacement replaced = replace_head(*make_model(image, x), {.classes = 3, .hidden = {{4}}});
  EXPECT_THAT(replaced.added, ElementsAre("dense_2", "dense_3"));
}

TEST(ReplaceHead, RefusesWhatHasNoPlaceForOne) {
  const auto refuses = [](const ModelPtr& model, const HeadOptions& options, const std::string& what) {
    EXPECT_THAT([&] { replace_head(*model, options); }, ThrowsMessage<ValueError>(HasSubstr(what)));
  };
  const ModelPtr model = nested_model();
  refuses(model, {}, "two classes or more apart, given 0");
  refuses(model, {.classes = 1}, "given 1");
  refuses(model, {.classes = 2, .hidden = {{0}}}, "0 units");
  const ModelPtr body =
      applications::build_application("small_cnn", {.input_shape = {8, 8, 3}, .classes = 3});
  body->initialize(1);
  refuses(quantize::quantize_model(*body), {.classes = 2}, "'small_cnn' is quantized");
  const Tensor x = input({6});
  const Tensor y = layers::dense(x, {.units = 3});
  refuses(make_model(x, y, "plain"), {.classes = 2}, "model 'plain' has no GlobalAveragePooling2D");
  refuses(make_model({x}, {y, layers::softmax(y, {})}, "twins"), {.classes = 2}, "'twins' has 2 outputs");
}

}  // namespace
}  // namespace nudge::train
