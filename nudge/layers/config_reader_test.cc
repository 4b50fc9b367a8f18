#include "nudge/layers/config_reader.h"

#include <gmock/gmock.h>

#include <functional>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/layers.h"

namespace nudge::layers {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(ConfigReaderTest, NullAndAbsentGiveTheFallback) {
  const Json config = {{"name", "a"}, {"rate", nullptr}};
  const ConfigReader reader(config, "X");
  EXPECT_EQ(reader.number("rate", 0.5), 0.5);
  EXPECT_EQ(reader.integer("count", 3), 3);
  EXPECT_FALSE(reader.number("other").has_value());
  EXPECT_EQ(reader.size("size", {2, 3}), Size2(2, 3));
  EXPECT_EQ(reader.name(), "a");
}

TEST(ConfigReaderTest, ReadsOlderForms) {
  const Json config = {
      {"axis", {3}}, {"size", 4}, {"max_value", {{"class_name", "__numpy__"}, {"config", {{"value", 6.0}}}}}};
  const ConfigReader reader(config, "X");
  EXPECT_EQ(reader.axis("axis", -1), 3);
  EXPECT_EQ(reader.size("size", 1), Size2(4));
  EXPECT_EQ(reader.number("max_value"), 6.0);
}

TEST(ConfigReaderTest, ReadsRegularizersAndConstraints) {
  const Json l1 = {{"class_name", "L1"}, {"config", {{"l1", 0.5}}}};
  const Json mine = {{"class_name", "Mine"}, {"config", Json::object()}};
  const Json config = {{"name", "d"},
                       {"depthwise_regularizer", l1},
                       {"activity_regularizer", "l2"},
                       {"bias_regularizer", nullptr},
                       {"depthwise_constraint", mine}};
  const LayerPtr layer = ConfigReader(config, "DepthwiseConv2D")
                             .make<DepthwiseConv2D>(DepthwiseConv2DOptions{.kernel_size = 3, .name = "d"});
  layer->call(input({4, 4, 2}));
  EXPECT_EQ(layer->weight("depthwise_kernel").regularizer->l1, 0.5);
  EXPECT_FALSE(layer->weight("bias").regularizer.has_value());
  EXPECT_FALSE(layer->weight("depthwise_kernel").constraint.has_value())
      << "one of somebody's own is left out";
  EXPECT_EQ(layer->activity_regularizer()->name, "L2");
  EXPECT_EQ(layer->config()["depthwise_regularizer"]["config"]["l1"], 0.5);
  const Json wrong = {{"name", "d"}, {"bias_regularizer", {{"class_name", 3}}}};
  EXPECT_THAT([&] { ConfigReader(wrong, "Dense").make<Dense>(DenseOptions{.units = 1, .name = "d"}); },
              ThrowsMessage<InputError>(AllOf(HasSubstr("'d' (Dense)"), HasSubstr("'bias_regularizer' is"))));
}

struct Bad {
  Json config;
  std::string key;
  std::function<void(const ConfigReader&)> read;
};

TEST(ConfigReaderTest, WrongTypesNameTheKey) {
  const std::vector<Bad> cases = {
      {{{"k", "x"}}, "k", [](const ConfigReader& r) { r.integer("k"); }},
      {{{"k", 1.5}}, "k", [](const ConfigReader& r) { r.integer("k", 1); }},
      {{{"k", "x"}}, "k", [](const ConfigReader& r) { r.number("k", 1); }},
      {{{"k", 1}}, "k", [](const ConfigReader& r) { r.boolean("k", false); }},
      {{{"k", 1}}, "k", [](const ConfigReader& r) { r.text("k", ""); }},
      {{{"k", {1, 2, 3}}}, "k", [](const ConfigReader& r) { r.size("k", 1); }},
      {{{"k", {1, "a"}}}, "k", [](const ConfigReader& r) { r.integers("k"); }},
      {{{"k", {{"a", 1}}}}, "k", [](const ConfigReader& r) { r.integers("k"); }},
      {{{"k", {1, 2}}}, "k", [](const ConfigReader& r) { r.axis("k", 1); }},
      {Json::object(), "filters", [](const ConfigReader& r) { r.integer("filters"); }},
  };
  for (const Bad& bad : cases) {
    SCOPED_TRACE(dump_json(bad.config));
    Json config = bad.config;
    config["name"] = "conv";
    const ConfigReader reader(config, "Conv2D");
    EXPECT_THAT([&] { bad.read(reader); }, ThrowsMessage<InputError>(AllOf(HasSubstr("layer 'conv' (Conv2D)"),
                                                                           HasSubstr("'" + bad.key + "'"))));
  }
}

TEST(ConfigReaderTest, RefusesWhatIsNoConfiguration) {
  EXPECT_THAT([] { ConfigReader(Json::array(), "Conv2D"); },
              ThrowsMessage<InputError>(HasSubstr("Conv2D: the configuration is not a JSON object")));
  EXPECT_THROW(ConfigReader(Json{{"name", 1}}, "Conv2D"), InputError);
}

TEST(ConfigReaderTest, RefusesWhatNoLayerCanDo) {
  const Json first = {{"data_format", "channels_first"}, {"padding", "causal"}};
  const ConfigReader reader(first, "Conv2D");
  EXPECT_THAT([&] { reader.require_channels_last(); },
              ThrowsMessage<UnsupportedError>(HasSubstr("channels_first")));
  EXPECT_THAT([&] { reader.padding(); }, ThrowsMessage<UnsupportedError>(HasSubstr("causal")));
}

}  // namespace
}  // namespace nudge::layers
