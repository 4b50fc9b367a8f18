// Every application, layer by layer as Keras has it: testdata/make_families.py says what a line holds.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/applications/applications.h"
#include "nudge/base/file.h"

namespace nudge::applications {
namespace {

constexpr const char* kOptions[] = {"activation",
                                    "center",
                                    "depth_multiplier",
                                    "dilation_rate",
                                    "epsilon",
                                    "filters",
                                    "groups",
                                    "keepdims",
                                    "kernel_size",
                                    "max_value",
                                    "momentum",
                                    "negative_slope",
                                    "noise_shape",
                                    "offset",
                                    "padding",
                                    "pool_size",
                                    "rate",
                                    "scale",
                                    "strides",
                                    "target_shape",
                                    "threshold",
                                    "units",
                                    "use_bias",
                                    "kernel_initializer",
                                    "depthwise_initializer",
                                    "pointwise_initializer",
                                    "cropping",
                                    "drop_path_rate",
                                    "init_values",
                                    "projection_dim",
                                    "mean",
                                    "variance"};

std::string text_of(const Json& value) {
  if (value.is_null()) return "none";
  if (value.is_boolean()) return value.get<bool>() ? "true" : "false";
  if (value.is_string()) return value.get<std::string>();
  if (value.is_array()) {
    std::vector<std::string> parts;
    for (const Json& part : value) parts.push_back(text_of(part));
    return fmt::format("[{}]", fmt::join(parts, ","));
  }
  if (value.is_object()) {  // an initializer
    std::vector<std::string> own;
    for (const char* key : {"scale", "mode", "distribution", "stddev", "value"}) {
      if (value["config"].contains(key))
        own.push_back(fmt::format("{}={}", key, text_of(value["config"][key])));
    }
    return fmt::format("{}({})", value["class_name"].get<std::string>(), fmt::join(own, ","));
  }
  return fmt::format("{:.6g}", value.get<double>());
}

std::string line_of(const Node& node) {
  const Layer& layer = *node.layer;
  const Shape& output = node.output_shapes.at(0);
  std::vector<std::string> inputs, weights, options;
  for (const Tensor& tensor : node.inputs) inputs.push_back(tensor.layer().name());
  for (const Weight* weight : layer.weights())
    weights.push_back(fmt::format("{}", fmt::join(weight->shape, "x")));
  const Json config = layer.config();
  for (const char* key : kOptions) {
    if (config.contains(key)) options.push_back(fmt::format("{}={}", key, text_of(config[key])));
  }
  return fmt::format("{} {} {} {} {} {} {}", layer.name(), layer.class_name(),
                     fmt::join(output.begin() + 1, output.end(), "x"), count_parameters(layer).total,
                     fmt::join(inputs, ","), fmt::join(weights, ","), fmt::join(options, ";"));
}

uint64_t fnv1a(const std::string& text) {
  uint64_t value = 0xCBF29CE484222325U;
  for (const char c : text) value = (value ^ static_cast<unsigned char>(c)) * 0x100000001B3U;
  return value;
}

ApplicationOptions options_of(const Json& json) {
  ApplicationOptions options;
  if (json.contains("input_shape")) {
    const auto shape = json["input_shape"].get<std::vector<int64_t>>();
    options.input_shape = Shape(shape.begin(), shape.end());
  }
  if (json.contains("dropout")) options.dropout = json["dropout"].get<double>();
  if (json.contains("classes")) options.classes = json["classes"].get<int64_t>();
  options.alpha = json.value("alpha", options.alpha);
  options.depth_multiplier = json.value("depth_multiplier", options.depth_multiplier);
  options.minimalistic = json.value("minimalistic", options.minimalistic);
  options.include_preprocessing = json.value("include_preprocessing", options.include_preprocessing);
  options.include_top = json.value("include_top", options.include_top);
  options.pooling = json.value("pooling", options.pooling);
  options.classifier_activation = json.value("classifier_activation", options.classifier_activation);
  return options;
}

// The first lines that differ, as nudge has them.
void expect_lines(const std::vector<std::string>& lines, const Json& expected) {
  const auto hashes = expected["lines"].get<std::string>();
  EXPECT_EQ(lines.size(), hashes.size() / 4) << "layers";
  int shown = 0;
  for (size_t i = 0; i < lines.size() && 4 * i < hashes.size() && shown < 5; ++i) {
    const std::string hash = fmt::format("{:04x}", fnv1a(lines[i]) % 65536);
    if (hash == hashes.substr(4 * i, 4)) continue;
    ++shown;
    ADD_FAILURE() << "line " << i << " is not Keras's: " << lines[i];
  }
  EXPECT_EQ(fmt::format("{:016x}", fnv1a(fmt::format("{}", fmt::join(lines, "\n")))),
            expected["hash"].get<std::string>());
}

class FamiliesTest : public testing::TestWithParam<const char*> {};

TEST_P(FamiliesTest, EqualKerasLineByLine) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/applications/testdata/" + GetParam();
  for (const Json& expected : parse_json(read_text_file(path), path)) {
    const auto name = expected["application"].get<std::string>();
    SCOPED_TRACE(name + " " + expected["options"].dump());
    const ModelPtr model = build_application(name, options_of(expected["options"]));
    std::vector<std::string> lines;
    for (const auto& node : model->nodes()) lines.push_back(line_of(*node));
    expect_lines(lines, expected);
    EXPECT_EQ(model->name(), expected["model"].get<std::string>());
    EXPECT_EQ(count_parameters(*model).total, expected["total"].get<int64_t>());
    EXPECT_EQ(count_parameters(*model).trainable, expected["trainable"].get<int64_t>());
  }
}

INSTANTIATE_TEST_SUITE_P(Keras, FamiliesTest, testing::Values("families.json", "families_tf_keras.json"));

}  // namespace
}  // namespace nudge::applications
