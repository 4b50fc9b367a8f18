#include "nudge/layers/random_image.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/random_image_class-inl.h"

namespace nudge::layers {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(RandomImageTest, DefaultsAreKeras) {
  const Json flip = RandomImage("RandomFlip", {{"name", "f"}}).config();
  EXPECT_EQ(flip, Json({{"name", "f"},
                        {"trainable", true},
                        {"data_format", "channels_last"},
                        {"mode", "horizontal_and_vertical"},
                        {"seed", nullptr}}));
  const Json zoom = RandomImage("RandomZoom", {{"height_factor", 0.2}, {"seed", 4}}).config();
  EXPECT_EQ(zoom["fill_mode"], "reflect");
  EXPECT_EQ(zoom["height_factor"], 0.2);
  EXPECT_EQ(zoom["seed"], 4);
  EXPECT_EQ(RandomImage("RandomErasing", Json::object()).config()["scale"], Json({0.02, 0.33}));
}

TEST(RandomImageTest, FactorsAreAsKerasTakesThem) {
  const Json arguments = {
      {"one", 0.3}, {"two", {0.5, -0.1}}, {"wide", 2.0}, {"many", {1, 2, 3}}, {"text", "x"}};
  const DistortionReader reader(arguments, "layer 'x': ");
  EXPECT_EQ(reader.factor("one", -1, 1).low, -0.3);
  EXPECT_EQ(reader.factor("one", 0, 1).low, 0.0);
  EXPECT_EQ(reader.factor("two", -1, 1).low, -0.1);
  EXPECT_EQ(reader.factor("two", -1, 1).high, 0.5);
  for (const char* key : {"wide", "many", "text", "absent"}) {
    EXPECT_THAT([&] { reader.factor(key, -1, 1); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("layer 'x': "), HasSubstr(key))));
  }
}

TEST(RandomImageTest, RefusesWhatKerasDoes) {
  const auto makes = [](const char* layer, Json arguments) {
    arguments["name"] = "n";
    return [=] { RandomImage::from_config(layer, arguments); };
  };
  EXPECT_THAT(makes("RandomFlip", {{"mode", "diagonal"}}),
              ThrowsMessage<InputError>(
                  AllOf(HasSubstr("'n' (RandomFlip)"), HasSubstr("'mode' must be horizontal"))));
  EXPECT_THAT(makes("RandomRotation", {{"factor", 0.1}, {"fill_mode", "paint"}}),
              ThrowsMessage<InputError>(HasSubstr("'fill_mode'")));
  EXPECT_THAT(makes("RandomRotation", {{"factor", 0.1}, {"interpolation", "bicubic"}}),
              ThrowsMessage<InputError>(HasSubstr("'interpolation'")));
  EXPECT_THAT(makes("RandomRotation", Json::object()), ThrowsMessage<InputError>(HasSubstr("'factor'")));
  EXPECT_THAT(makes("RandomGaussianBlur", {{"kernel_size", 4}}), ThrowsMessage<InputError>(HasSubstr("odd")));
  EXPECT_THAT(makes("RandomErasing", {{"fill_value", {1, 2}}}),
              ThrowsMessage<InputError>(HasSubstr("'fill_value'")));
  EXPECT_THAT(makes("RandomGrayscale", {{"factor", 2}}), ThrowsMessage<InputError>(HasSubstr("'factor'")));
  EXPECT_THAT(makes("RandomPerspective", {{"scale", 2}}), ThrowsMessage<InputError>(HasSubstr("'scale'")));
  EXPECT_THAT(makes("RandomHue", {{"factor", 0.1}, {"value_range", {1, 1}}}),
              ThrowsMessage<InputError>(HasSubstr("'value_range'")));
  EXPECT_THROW(RandomImage::from_config("RandomFlip", {{"data_format", "channels_first"}}), UnsupportedError);
  EXPECT_THROW(RandomImage("RandomWeather", Json::object()), UnsupportedError);
  EXPECT_THAT(
      [] {
        random_image(input({4, 4, 1}), "RandomHue", {{"factor", 0.1}, {"name", "h"}});
      },
      ThrowsMessage<ShapeError>(AllOf(HasSubstr("'h' (RandomHue)"), HasSubstr("three channels"))));
}

}  // namespace
}  // namespace nudge::layers
