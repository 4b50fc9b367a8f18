// Every architecture against the layer lists of tf.keras that lie beside the project.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>

#include "nudge/applications/applications.h"
#include "nudge/applications/backbone.h"
#include "nudge/base/file.h"

namespace nudge::applications {
namespace {

namespace fs = std::filesystem;

const fs::path kOracles = fs::path(NUDGE_SOURCE_DIR) / "../shared/oracles/applications";

// tf.keras wrote "conv1/conv" where Keras 3, which has no "/" in names, writes "conv1_conv"; and x + y and
// x * y as operations that it named after themselves.
std::string name_of(std::string name) {
  std::ranges::replace(name, '/', '_');
  return name.starts_with("tf.") ? name.substr(name.rfind('.') + 1) : name;
}

// Of what an operation or a layer without a name of its own is called after.
std::string kind_of(const std::string& name) {
  const std::string own = name_of(name);
  return own.substr(0, own.find_last_not_of("_0123456789") + 1);
}

// What MobileNetV3's layers are called now: "Conv/BatchNorm" is "conv_bn".
std::string spelled_as_in_keras3(std::string name) {
  for (const auto& [before, now] : {std::pair{"BatchNorm", "bn"}, {"AvgPool", "avg_pool"}}) {
    const size_t at = name.find(before);
    if (at != std::string::npos) name.replace(at, std::string(before).size(), now);
  }
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return std::tolower(c); });
  return name_of(name);
}

// x * (relu6(x + 3) / 6), which Keras 3 has as one Activation.
bool is_hard_swish(const Json& layers, size_t i) {
  const auto starts = [&](size_t step, const char* with) {
    return layers[i + step]["name"].get<std::string>().starts_with(with);
  };
  return i + 3 < layers.size() && starts(0, "tf.__operators__.add") && starts(1, "re_lu") &&
         starts(2, "tf.math.multiply") && starts(3, "multiply");
}

// The layers of tf.keras's MobileNetV3 as Keras 3 has them.
Json mobilenet_v3_layers(const Json& layers) {
  Json made = Json::array();
  LayerNames names;
  std::map<std::string, std::string> now;
  for (size_t i = 0; i < layers.size(); ++i) {
    Json layer = layers[i];
    std::string before = layer["name"];
    const std::string kind = kind_of(before);
    std::string name =
        kind == "re_lu" || kind == "add" || kind == "multiply" ? "" : spelled_as_in_keras3(before);
    if (is_hard_swish(layers, i)) {
      layer["class"] = "Activation";
      i += 3;
      before = layers[i]["name"];
      name = names("activation");
    }
    layer["name"] = now[before] = name.empty() ? names(kind) : name;
    for (Json& input : layer["inputs"]) input = now.at(input);
    made.push_back(layer);
  }
  return made;
}

Json shape_of(const Json& shape) { return shape.at(0).is_array() ? shape.at(0) : shape; }

// The sizes that are given: MobileNetV3's images may be of any.
void expect_shape(const Shape& shape, const Json& wanted) {
  ASSERT_EQ(shape.size(), wanted.size());
  EXPECT_EQ(shape[0], kUnknown);
  for (size_t i = 1; i < shape.size(); ++i) {
    EXPECT_TRUE(wanted[i].is_null() || shape[i] == wanted[i]) << to_string(shape) << ", not " << wanted;
  }
}

void expect_node(const Node& node, const Json& layer) {
  const std::string name = name_of(layer["name"]);
  SCOPED_TRACE(name);
  EXPECT_EQ(node.layer->name(), name);
  const std::string class_name = layer["class"];
  const std::string operation = name.starts_with("multiply") ? "Multiply" : "Add";
  EXPECT_EQ(node.layer->class_name(), class_name == "TFOpLambda" ? operation : class_name);
  expect_shape(node.output_shapes.at(0), shape_of(layer["output_shape"]));
  EXPECT_EQ(count_parameters(*node.layer).total, layer["params"].get<int64_t>());
  std::vector<std::string> inputs, wanted;
  for (const Tensor& tensor : node.inputs) inputs.push_back(tensor.layer().name());
  for (const Json& input : layer["inputs"]) wanted.push_back(name_of(input));
  EXPECT_EQ(inputs, wanted);
  const auto weights = std::as_const(*node.layer).weights();
  ASSERT_EQ(weights.size(), layer["weights"].size());
  for (size_t i = 0; i < weights.size(); ++i) {
    EXPECT_EQ(Json(weights[i]->shape), layer["weights"][i][1]) << weights[i]->name;
  }
}

class OraclesTest : public testing::TestWithParam<const char*> {};

TEST_P(OraclesTest, NamesShapesCountsOrderAndConnectionsAreEqual) {
  const fs::path path = kOracles / (std::string(GetParam()) + ".json");
  if (!fs::exists(path)) GTEST_SKIP() << "../shared/oracles/applications is not there";
  const Json oracle = parse_json(read_text_file(path.string()), path.string());
  const ModelPtr model = build_application(GetParam());
  const bool renamed = model->name().starts_with("MobileNetV3");
  const Json layers = renamed ? mobilenet_v3_layers(oracle["layers"]) : oracle["layers"];
  ASSERT_EQ(model->nodes().size(), layers.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    expect_node(*model->nodes()[i], layers[i]);
    if (HasFailure()) return;  // one layer too many moves all that follow
  }
  EXPECT_EQ(count_parameters(*model).total, oracle["total"].get<int64_t>());
  EXPECT_EQ(count_parameters(*model).trainable, oracle["trainable"].get<int64_t>());
}

INSTANTIATE_TEST_SUITE_P(Keras, OraclesTest,
                         testing::Values("ConvNeXtTiny", "DenseNet121", "DenseNet169", "DenseNet201",
                                         "EfficientNetB0", "EfficientNetB1", "EfficientNetV2B0",
                                         "EfficientNetV2S", "InceptionResNetV2", "InceptionV3", "MobileNet",
                                         "MobileNetV2", "MobileNetV3Large", "MobileNetV3Small",
                                         "NASNetMobile", "RegNetX002", "ResNet50", "ResNet50V2", "ResNet101",
                                         "ResNetRS50", "VGG16", "VGG19", "Xception"),
                         [](const auto& member) { return std::string(member.param); });

}  // namespace
}  // namespace nudge::applications
