#include "nudge/graph/registry.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/graph/test_layer.h"

namespace nudge {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Registry, MakesALayerFromItsConfig) {
  register_layer("Blend", Blend::from_config);
  EXPECT_THAT(registered_layers(), Contains("Blend"));
  const LayerPtr layer = layer_from_config("Blend", Blend({.units = 7, .name = "mix"}).config());
  EXPECT_EQ(layer->class_name(), "Blend");
  EXPECT_EQ(layer->name(), "mix");
  EXPECT_EQ(layer->call(input({2})).shape(), (Shape{kUnknown, 7}));
}

TEST(Registry, ALaterRegistrationReplaces) {
  register_layer("Replaced", Blend::from_config);
  register_layer("Replaced", InputLayer::from_config);
  EXPECT_EQ(layer_from_config("Replaced", {{"batch_shape", {nullptr, 3}}})->class_name(), "InputLayer");
}

TEST(Registry, AnUnknownClassNamesTheNearest) {
  register_layer("Blend", Blend::from_config);
  EXPECT_THAT(
      [] { layer_from_config("Blent", {}); },
      ThrowsMessage<UnsupportedError>(AllOf(HasSubstr("'Blent'"), HasSubstr("did you mean 'Blend'?"))));
  EXPECT_THAT([] { layer_from_config("SomethingElse", {}); },
              ThrowsMessage<UnsupportedError>(HasSubstr("unknown layer class 'SomethingElse'")));
}

TEST(Registry, AnUnusableConfigIsAnInputError) {
  register_layer("Blend", Blend::from_config);
  const Json missing = {{"name", "mix"}}, wrong = {{"units", "many"}};
  for (const Json& config : {missing, wrong, Json(nullptr)}) {
    EXPECT_THAT([&] { layer_from_config("Blend", config); },
                ThrowsMessage<InputError>(HasSubstr("(Blend): its configuration is not valid")));
  }
  register_layer("InputLayer", InputLayer::from_config);
  for (const Json& shape : {Json{nullptr, nullptr, 3}, Json("large")}) {
    EXPECT_THROW(layer_from_config("InputLayer", {{"batch_shape", shape}}), Error) << shape;
  }
}

TEST(NearestName, MustBeNear) {
  EXPECT_EQ(nearest_name("Con2D", {"Conv2D", "Dense"}), "Conv2D");
  EXPECT_EQ(nearest_name("dense", {"Conv2D", "Dense"}), "Dense");
  EXPECT_EQ(nearest_name("Transformer", {"Conv2D", "Dense"}), "");
  EXPECT_EQ(nearest_name("Dense", {}), "");
}

}  // namespace
}  // namespace nudge
