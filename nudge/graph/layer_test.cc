#include "nudge/graph/layer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/graph/test_layer.h"

namespace nudge {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::string> weight_names(const Layer& layer) {
  std::vector<std::string> names;
  for (const Weight* weight : layer.weights()) names.push_back(weight->name);
  return names;
}

TEST(LayerNames, AreKerasSnakeCase) {
  const std::pair<const char*, const char*> known[] = {
      {"Dense", "dense"},
      {"Conv2D", "conv2d"},
      {"MaxPooling2D", "max_pooling2d"},
      {"ReLU", "re_lu"},
      {"DepthwiseConv2D", "depthwise_conv2d"},
      {"BatchNormalization", "batch_normalization"},
      {"GlobalAveragePooling2D", "global_average_pooling2d"}};
  for (const auto& [class_name, name] : known) EXPECT_EQ(snake_case(class_name), name);
}

TEST(LayerNames, CountUpUntilReset) {
  reset_layer_names();
  EXPECT_EQ(Blend({}).name(), "blend");
  EXPECT_EQ(Blend({}).name(), "blend_1");
  EXPECT_EQ(Blend({.name = "own"}).name(), "own");
  EXPECT_EQ(Blend({}).name(), "blend_2");
  reset_layer_names();
  EXPECT_EQ(Blend({}).name(), "blend");
}

TEST(Layer, WeightsComeWithTheFirstCallTrainableOnesFirst) {
  const LayerPtr layer = blend_layer("mix", 3);
  EXPECT_FALSE(layer->built());
  EXPECT_THAT(weight_names(*layer), ElementsAre());
  const Tensor out = layer->call({input({2}), input({5})});
  EXPECT_EQ(out.shape(), (Shape{kUnknown, 3}));
  EXPECT_THAT(weight_names(*layer), ElementsAre("kernel", "bias", "seen"));
  EXPECT_EQ(layer->weight("kernel").shape, (Shape{7, 3}));
  EXPECT_TRUE(layer->weight("kernel").value.empty());
}

TEST(Layer, InitializeFollowsSeedAndNamesAndKeepsWhatIsThere) {
  const auto kernel = [](const std::string& name, uint64_t seed) {
    const LayerPtr layer = blend_layer(name);
    layer->call(input({4}));
    layer->initialize(seed);
    return layer->weight("kernel").value;
  };
  EXPECT_TRUE(identical(kernel("a", 1), kernel("a", 1)));
  EXPECT_FALSE(identical(kernel("a", 1), kernel("a", 2)));
  EXPECT_FALSE(identical(kernel("a", 1), kernel("b", 1)));

  const LayerPtr layer = blend_layer("a");
  layer->call(input({4}));
  const Array loaded = Array::full<float>({4, 4}, 2.0f);
  layer->weight("kernel").value = loaded;
  layer->initialize(1);
  EXPECT_TRUE(identical(layer->weight("kernel").value, loaded));
  EXPECT_FALSE(layer->weight("bias").value.empty());
}

TEST(Layer, MistakesNameTheLayer) {
  const LayerPtr layer = blend_layer("mix");
  EXPECT_THAT(
      [&] {
        layer->call(input({2, 3}));
      },
      ThrowsMessage<ShapeError>(
          AllOf(HasSubstr("layer 'mix' (Blend)"), HasSubstr("rank 2"), HasSubstr("(None, 2, 3)"))));
  EXPECT_THAT([&] { layer->call(Tensor{}); }, ThrowsMessage<ValueError>(HasSubstr("'mix'")));
  layer->call(input({4}));
  EXPECT_THAT(
      [&] { layer->call(input({5})); },
      ThrowsMessage<ShapeError>(AllOf(HasSubstr("'mix'"), HasSubstr("expected 4"), HasSubstr("given 5"))));
  EXPECT_THAT([&] { layer->weight("gamma"); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'mix'"), HasSubstr("no weight 'gamma'"))));
}

TEST(Layer, SeveralOutputsNeedCallAll) {
  const auto layer = std::make_shared<Blend>(BlendOptions{.outputs = 2, .name = "split"});
  const auto outputs = layer->call_all({input({4})});
  ASSERT_EQ(outputs.size(), 2u);
  EXPECT_EQ(outputs[0].node, outputs[1].node);
  EXPECT_FALSE(outputs[0] == outputs[1]);
  EXPECT_THAT([&] { layer->call(input({4})); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'split'"), HasSubstr("2 outputs"))));
}

TEST(Layer, ACloneSharesNothing) {
  const LayerPtr layer = blend_layer("mix");
  layer->call(input({4}));
  layer->initialize(1);
  layer->set_trainable(false);
  const LayerPtr copy = layer->clone();
  EXPECT_EQ(copy->name(), "mix");
  EXPECT_FALSE(copy->trainable());
  EXPECT_TRUE(copy->built());
  for (const Weight* weight : layer->weights()) {
    EXPECT_TRUE(identical(copy->weight(weight->name).value, weight->value)) << weight->name;
    EXPECT_NE(copy->weight(weight->name).value.bytes(), weight->value.bytes()) << weight->name;
  }
}

TEST(Layer, RegularizersAndConstraintsGoToTheirWeights) {
  const LayerPtr layer = blend_layer("mix");
  layer->call(input({4}));
  const std::string name = layer->weights().front()->name;
  layer->set_regularizer(name, Regularizer::of_l2(0.5));
  layer->set_regularizer("activity", Regularizer::of_l1(0.25));
  layer->set_constraint(name, Constraint::non_neg());
  layer->set_constraint("no_such", Constraint::unit_norm());
  EXPECT_EQ(layer->weight(name).regularizer->l2, 0.5);
  EXPECT_EQ(layer->weight(name).constraint->name, "NonNeg");
  const LayerPtr copy = layer->clone();
  EXPECT_EQ(copy->activity_regularizer()->l1, 0.25);
  EXPECT_EQ(copy->weight(name).regularizer->l2, 0.5);
  EXPECT_THAT([&] { layer->set_regularizer(name, Regularizer::of_l2(-1)); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'mix'"), HasSubstr(name + "_regularizer: l2"))));
  EXPECT_THAT([&] { layer->set_constraint(name, {.name = "Mine"}); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'mix'"), HasSubstr(name + "_constraint"))));
  EXPECT_THAT([&] { layer->set_constraint(name, Constraint::unit_norm({7})); },
              ThrowsMessage<ShapeError>(AllOf(HasSubstr("'mix'"), HasSubstr("axis 7"))));
}

TEST(InputLayer, RefusesUnknownSizes) {
  EXPECT_THAT(
      [] {
        input({kUnknown, 3}, "image");
      },
      ThrowsMessage<ShapeError>(AllOf(HasSubstr("'image'"), HasSubstr("no definite size"))));
  EXPECT_THROW(input({0}), ShapeError);
}

TEST(InputLayer, ComesBackFromItsConfig) {
  const InputLayer layer({32, 32, 3}, "image");
  const LayerPtr back = InputLayer::from_config(layer.config());
  EXPECT_EQ(back->name(), "image");
  EXPECT_EQ(dynamic_cast<const InputLayer&>(*back).batch_shape(), (Shape{kUnknown, 32, 32, 3}));
}

}  // namespace
}  // namespace nudge
