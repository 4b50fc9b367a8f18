// Every architecture against the layer lists of tf.keras that lie beside the project.
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/applications/applications.h"
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

Json shape_of(const Json& shape) { return shape.at(0).is_array() ? shape.at(0) : shape; }

Json shape_json(const Shape& shape) {
  Json json = Json::array();
  for (const int64_t size : shape) json.push_back(size == kUnknown ? Json() : Json(size));
  return json;
}

void expect_node(const Node& node, const Json& layer) {
  const std::string name = name_of(layer["name"]);
  EXPECT_EQ(node.layer->name(), name);
  const std::string class_name = layer["class"];
  const std::string operation = name.starts_with("multiply") ? "Multiply" : "Add";
  EXPECT_EQ(node.layer->class_name(), class_name == "TFOpLambda" ? operation : class_name) << name;
  EXPECT_EQ(shape_json(node.output_shapes.at(0)), shape_of(layer["output_shape"])) << name;
  EXPECT_EQ(count_parameters(*node.layer).total, layer["params"].get<int64_t>()) << name;
  std::vector<std::string> inputs, wanted;
  for (const Tensor& tensor : node.inputs) inputs.push_back(tensor.layer().name());
  for (const Json& input : layer["inputs"]) wanted.push_back(name_of(input));
  EXPECT_EQ(inputs, wanted) << name;
  const auto weights = std::as_const(*node.layer).weights();
  ASSERT_EQ(weights.size(), layer["weights"].size()) << name;
  for (size_t i = 0; i < weights.size(); ++i) {
    EXPECT_EQ(Json(weights[i]->shape), layer["weights"][i][1]) << name << "/" << weights[i]->name;
  }
}

class OraclesTest : public testing::TestWithParam<const char*> {};

TEST_P(OraclesTest, NamesShapesCountsOrderAndConnectionsAreEqual) {
  const fs::path path = kOracles / (std::string(GetParam()) + ".json");
  if (!fs::exists(path)) GTEST_SKIP() << "../shared/oracles/applications is not there";
  const Json oracle = parse_json(read_text_file(path.string()), path.string());
  const ModelPtr model = build_application(GetParam());
  const Json& layers = oracle["layers"];
  ASSERT_EQ(model->nodes().size(), layers.size());
  for (size_t i = 0; i < layers.size(); ++i) {
    expect_node(*model->nodes()[i], layers[i]);
    if (HasFailure()) return;  // one layer too many moves all that follow
  }
  EXPECT_EQ(count_parameters(*model).total, oracle["total"].get<int64_t>());
  EXPECT_EQ(count_parameters(*model).trainable, oracle["trainable"].get<int64_t>());
}

INSTANTIATE_TEST_SUITE_P(Keras, OraclesTest,
                         testing::Values("DenseNet121", "DenseNet169", "DenseNet201", "InceptionV3",
                                         "MobileNet", "MobileNetV2", "RegNetX002", "ResNet50", "ResNet50V2",
                                         "ResNet101", "VGG16", "VGG19"),
                         [](const auto& member) { return std::string(member.param); });

}  // namespace
}  // namespace nudge::applications
