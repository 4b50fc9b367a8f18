#include "nudge/keras/channels_last.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/graph/registry.h"
#include "nudge/keras/model_config.h"
#include "nudge/layers/layers.h"

namespace nudge::keras {
namespace {

int permutes(const Model& model) {
  int count = 0;
  for (const LayerPtr& layer : model.layers()) count += layer->class_name() == "Permute" ? 1 : 0;
  return count;
}

Json read_again(Json json) {
  // As a model with the channels first says it.
  for (Json& layer : json["config"]["layers"]) {
    if (layer["config"].contains("data_format")) layer["config"]["data_format"] = "channels_first";
    if (layer["class_name"] == "BatchNormalization") layer["config"]["axis"] = 1;
  }
  return json;
}

TEST(ChannelsLast, TransposesAtTheShoresAlone) {
  layers::register_layers();
  const Tensor image = input({3, 3, 3});
  Tensor x = layers::conv2d(image, {.filters = 3, .kernel_size = 1});
  x = layers::relu(layers::batch_normalization(x));
  x = layers::add({x, layers::conv2d(x, {.filters = 3, .kernel_size = 1})});
  const ModelPtr flat = make_model(image, layers::flatten(x));
  EXPECT_EQ(permutes(*model_from_json(read_again(model_to_json(*flat)), "m.keras")), 1);
  const ModelPtr whole = make_model(image, x);
  const ModelPtr read = model_from_json(read_again(model_to_json(*whole)), "m.keras");
  EXPECT_EQ(permutes(*read), 2) << "where the image comes in and where it leaves";
  EXPECT_EQ(read->outputs().front().layer().class_name(), "Permute");
}

TEST(ChannelsLast, ConvertsWhatSpeaksOfTheChannels) {
  struct Case {
    std::string class_name;
    Json config;
    bool of_model = true, converts = true;
  };
  for (const auto& [class_name, config, of_model, converts] : std::vector<Case>{
           {"Conv2D", {{"data_format", "channels_first"}, {"activation", "relu"}}},
           {"Conv2D", {{"data_format", "channels_last"}}, true, false},
           // Goes over the width, which is last only where the channels are first.
           {"Conv2D", {{"data_format", "channels_first"}, {"activation", "softmax"}}, true, false},
           {"BatchNormalization", {{"axis", 1}}, false},
           {"BatchNormalization", {{"axis", {1}}}, false},
           {"BatchNormalization", {{"axis", 3}}, true, false},
           {"Concatenate", {{"axis", 1}}},
           {"Concatenate", {{"axis", 1}}, false, false},
           {"Dense", {{"units", 1}}, true, false}}) {
    Json changed = config;
    EXPECT_EQ(ChannelsLast(of_model).convert(class_name, changed), converts) << class_name << config;
    EXPECT_EQ(changed != config, converts) << class_name << config;
  }
}

TEST(ChannelsLast, KnowsWhereToPutChannels) {
  EXPECT_EQ(transposition(4, true)->output_shapes({{kUnknown, 3, 8, 6}}).front(), (Shape{kUnknown, 8, 6, 3}));
  EXPECT_EQ(transposition(4, false)->output_shapes({{kUnknown, 8, 6, 3}}).front(),
            (Shape{kUnknown, 3, 8, 6}));
  EXPECT_EQ(with_channels_first({kUnknown, 8, 6, 3}), (Shape{kUnknown, 3, 8, 6}));
  EXPECT_TRUE(has_channels_first({{"layers", {{{"config", {{"data_format", "channels_first"}}}}}}}));
  EXPECT_FALSE(has_channels_first({{"layers", {{{"config", {{"data_format", "channels_last"}}}}}}}));
}

}  // namespace
}  // namespace nudge::keras
