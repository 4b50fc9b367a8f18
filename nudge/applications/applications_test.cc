#include "nudge/applications/applications.h"

#include <fmt/format.h>
#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge::applications {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

Json fixture(const std::string& file) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/applications/testdata/" + file;
  return parse_json(read_text_file(path), path);
}

// What a layer's configuration says of the options that a row names.
Json options_like(const Json& wanted, const Layer& layer) {
  const Json config = layer.config();
  Json options = Json::object();
  for (const auto& [name, value] : wanted.items()) options[name] = config.value(name, Json("absent"));
  return options;
}

// [name, class, shape without batch, params, inputs, [[weight, shape], ...]]
Json rows_of(const Model& model) {
  Json rows = Json::array();
  for (const auto& node : model.nodes()) {
    const Layer& layer = *node->layer;
    const Shape& output = node->output_shapes.at(0);
    Json inputs = Json::array();
    for (const Tensor& tensor : node->inputs) inputs.push_back(tensor.layer().name());
    Json weights = Json::array();
    for (const Weight* weight : layer.weights())
      weights.push_back(Json::array({weight->name, weight->shape}));
    rows.push_back(Json::array({layer.name(), layer.class_name(), Shape(output.begin() + 1, output.end()),
                                count_parameters(layer).total, inputs, weights}));
  }
  return rows;
}

class RowsTest : public testing::TestWithParam<std::pair<const char*, const char*>> {};

TEST_P(RowsTest, EqualKerasRowByRow) {
  const auto& [name, file] = GetParam();
  const Json expected = fixture(file);
  const ModelPtr model = build_application(name);
  const Json rows = rows_of(*model);
  ASSERT_EQ(rows.size(), expected["layers"].size());
  for (size_t i = 0; i < rows.size(); ++i) {
    Json row = expected["layers"][i];
    const Json options = row.at(6);
    row.erase(6);
    EXPECT_EQ(rows[i].dump(), row.dump()) << "row " << i;
    EXPECT_EQ(options_like(options, *model->nodes()[i]->layer), options) << rows[i][0];
  }

  const ParameterCounts counts = count_parameters(*model);
  EXPECT_EQ(counts.total, expected["total"].get<int64_t>());
  EXPECT_EQ(counts.trainable, expected["trainable"].get<int64_t>());
}

INSTANTIATE_TEST_SUITE_P(Keras, RowsTest,
                         testing::Values(std::pair{"MobileNet", "mobilenet.json"},
                                         std::pair{"MobileNetV2", "mobilenet_v2.json"}));

int64_t parameters(const std::string& name, const ApplicationOptions& options) {
  return count_parameters(*build_application(name, options)).total;
}

TEST(ApplicationsTest, ClassifiersForFiveClasses) {
  const ApplicationOptions options = {.classes = 5, .head = Head::kDense};
  EXPECT_EQ(parameters("MobileNetV2", options), 2'264'389);
  EXPECT_EQ(parameters("MobileNet", options), 3'233'989);
  EXPECT_EQ(parameters("small_cnn", options), 102'782'917);

  const ModelPtr model = build_application("MobileNetV2", options);
  EXPECT_EQ(model->layers().size(), 156);
  EXPECT_EQ(model->name(), "mobilenetv2_1.00_224");
  EXPECT_EQ(model->layers().back()->name(), "dense");
  EXPECT_THAT(model->outputs()[0].shape(), ElementsAre(kUnknown, 5));
}

// Totals of keras.applications 3.15 for the same arguments.
TEST(ApplicationsTest, WidthMultipliersAndSizes) {
  EXPECT_EQ(parameters("MobileNetV2", {.input_shape = {96, 96, 3}, .alpha = 0.35}), 1'691'208);
  EXPECT_EQ(parameters("MobileNetV2", {.alpha = 1.4}), 6'156'712);
  EXPECT_EQ(parameters("MobileNetV2", {.input_shape = {97, 65, 1}, .alpha = 0.5, .include_top = false}),
            705'936);
  EXPECT_EQ(parameters("MobileNet", {.alpha = 0.25, .depth_multiplier = 2, .classes = 10}), 433'458);
}

// Of the reference implementations of MLPerf Tiny.
TEST(ApplicationsTest, MlperfTiny) {
  EXPECT_EQ(parameters("ResNet8", {}), 78'666);
  EXPECT_EQ(parameters("MobileNetVWW", {}), 221'794);
  EXPECT_EQ(parameters("DSCNN", {}), 24'908);
  EXPECT_EQ(parameters("FCAutoencoder", {}), 269'992);
  EXPECT_THAT(build_application("ResNet8")->outputs()[0].shape(), ElementsAre(kUnknown, 10));
  EXPECT_THAT(build_application("MobileNetVWW")->outputs()[0].shape(), ElementsAre(kUnknown, 2));
  EXPECT_THAT(build_application("DSCNN")->outputs()[0].shape(), ElementsAre(kUnknown, 12));
  EXPECT_THAT(build_application("FCAutoencoder")->outputs()[0].shape(), ElementsAre(kUnknown, 640));
  // Their own tops are made for classes of one's own.
  EXPECT_EQ(parameters("DSCNN", {.classes = 3, .head = Head::kDense}), parameters("DSCNN", {.classes = 3}));
  EXPECT_EQ(build_application("FCAutoencoder", {.input_shape = {64}})->outputs()[0].shape()[1], 64);
}

// Millions of trained parameters as published with the models.
TEST(ApplicationsTest, EfficientNetLite) {
  std::vector<std::string> millions;
  for (int i = 0; i <= 4; ++i) {
    const ModelPtr model = build_application(fmt::format("efficientnet_lite{}", i));
    millions.push_back(fmt::format("{:.1f}", static_cast<double>(count_parameters(*model).trainable) / 1e6));
  }
  EXPECT_THAT(millions, ElementsAre("4.7", "5.4", "6.1", "8.2", "13.0"));
}

// Keras's EfficientNet with weights="imagenet": one layer more, without weights.
TEST(ApplicationsTest, ImagenetsEfficientNetRescalesOnceMore) {
  const ModelPtr plain = build_application("EfficientNetB0");
  const ModelPtr model = build_application("EfficientNetB0", {.imagenet_weights = true});
  ASSERT_EQ(model->nodes().size(), plain->nodes().size() + 1);
  EXPECT_EQ(count_parameters(*model).total, count_parameters(*plain).total);
  const Json config = model->nodes()[3]->layer->config();
  EXPECT_EQ(config["name"], "rescaling_1");
  EXPECT_NEAR(config["scale"][0].get<double>(), 2.0896919, 1e-6);
  EXPECT_NEAR(config["scale"][2].get<double>(), 2.1081851, 1e-6);
  EXPECT_EQ(model->nodes()[4]->inputs[0].layer().name(), "rescaling_1");
}

// What scales pixels takes three channels; others go without.
TEST(ApplicationsTest, OtherChannelsAreNotNormalized) {
  const auto normalizations = [](const std::string& name, int64_t channels) {
    const ModelPtr model = build_application(name, {.input_shape = {64, 64, channels}});
    return std::ranges::count_if(
        model->layers(), [](const LayerPtr& layer) { return layer->class_name() == "Normalization"; });
  };
  for (const char* name : {"ConvNeXtTiny", "EfficientNetV2B0", "ResNetRS50"}) {
    EXPECT_EQ(normalizations(name, 3), 1) << name;
    EXPECT_EQ(normalizations(name, 1), 0) << name;
  }
}

TEST(ApplicationsTest, EndsWithoutATop) {
  const auto shape = [](const std::string& name, const std::string& pooling) {
    return build_application(name, {.input_shape = {65, 97, 3}, .include_top = false, .pooling = pooling})
        ->outputs()[0]
        .shape();
  };
  EXPECT_THAT(shape("MobileNetV2", ""), ElementsAre(kUnknown, 3, 4, 1280));
  EXPECT_THAT(shape("MobileNetV2", "avg"), ElementsAre(kUnknown, 1280));
  EXPECT_THAT(shape("MobileNet", ""), ElementsAre(kUnknown, 2, 3, 1024));
  EXPECT_THAT(shape("MobileNet", "max"), ElementsAre(kUnknown, 1024));
  EXPECT_THAT(shape("small_cnn", ""), ElementsAre(kUnknown, 16, 24, 64));
}

TEST(ApplicationsTest, SmallCnnIsTheGuides) {
  const ModelPtr model = build_application("small_cnn", {.input_shape = {64, 64, 3}, .classes = 5});
  std::vector<std::string> names;
  for (const LayerPtr& layer : model->layers()) names.push_back(layer->name());
  EXPECT_THAT(names, ElementsAre("input_1", "conv2d", "max_pooling2d", "conv2d_1", "max_pooling2d_1",
                                 "flatten", "dense", "dense_1", "activation"));
}

TEST(ApplicationsTest, BuildingHoldsNoWeights) {
  const ModelPtr model = build_application("small_cnn");
  for (const Weight* weight : model->weights()) EXPECT_TRUE(weight->value.empty()) << weight->name;
}

TEST(ApplicationsTest, NamesAreForgiving) {
  EXPECT_EQ(application("mobilenet-v2").name, "MobileNetV2");
  EXPECT_EQ(application("MobileNet_V1").name, "MobileNet");
  EXPECT_EQ(application("SmallCNN").preprocessing, "rescale");
  EXPECT_EQ(application("MobileNetV2").preprocessing, "tf");
  EXPECT_TRUE(is_application("mobilenet"));
  EXPECT_FALSE(is_application("model.keras"));
}

TEST(ApplicationsTest, UnknownNameListsTheKnown) {
  EXPECT_THAT(
      [] { build_application("MobilNetV2"); },
      ThrowsMessage<ValueError>(AllOf(HasSubstr("'MobilNetV2'"), HasSubstr("did you mean 'MobileNetV2'"),
                                      HasSubstr("MobileNet, MobileNetV2, "), HasSubstr(", small_cnn"))));
  EXPECT_THAT([] { application("transformer-xl"); },
              ThrowsMessage<ValueError>(testing::Not(HasSubstr("did you mean"))));
}

TEST(ApplicationsTest, RefusesOptionsOutOfRange) {
  const auto refuses = [](const std::string& name, const ApplicationOptions& options,
                          const std::string& what) {
    EXPECT_THAT(([&] { build_application(name, options); }),
                ThrowsMessage<ValueError>(AllOf(HasSubstr(name + ": "), HasSubstr(what))));
  };
  refuses("MobileNetV2", {.alpha = 0}, "alpha");
  refuses("MobileNetV2", {.alpha = 1e30}, "alpha");
  refuses("MobileNet", {.classes = 0}, "classes");
  refuses("MobileNet", {.pooling = "mean"}, "pooling");
  refuses("MobileNet", {.input_shape = {31, 64, 3}}, "at least 32x32, given (31, 64, 3)");
  refuses("MobileNetV2", {.input_shape = {64, 64}}, "input_shape");
  refuses("small_cnn", {.input_shape = {3, 3, 3}}, "at least 4x4");
  EXPECT_THROW(build_application("MobileNetV2", {.classifier_activation = "nope"}), UnsupportedError);
}

TEST(ApplicationsTest, RefusesOptionsThatItWouldIgnore) {
  const auto refuses = [](const std::string& name, const ApplicationOptions& options,
                          const std::string& what) {
    EXPECT_THAT(([&] { build_application(name, options); }), ThrowsMessage<ValueError>(name + ": " + what));
  };
  const std::string absent = " is not an option of this application";
  refuses("small_cnn", {.alpha = 0.5}, "alpha" + absent);
  refuses("small_cnn", {.depth_multiplier = 2}, "depth_multiplier" + absent);
  refuses("MobileNetV2", {.depth_multiplier = 2}, "depth_multiplier" + absent);
  refuses("MobileNetV2", {.dropout = 0.2}, "dropout" + absent);
  refuses("ResNet50", {.alpha = 0.5}, "alpha" + absent);
  refuses("DenseNet121", {.minimalistic = true}, "minimalistic" + absent);
  refuses("VGG16", {.include_preprocessing = false}, "include_preprocessing" + absent);
  refuses("EfficientNetB0", {.include_preprocessing = false}, "include_preprocessing" + absent);
  refuses("EfficientNetB0", {.dropout = 0.5}, "dropout" + absent);
  refuses("MobileNetV3Small", {.depth_multiplier = 2}, "depth_multiplier" + absent);
  refuses("FCAutoencoder", {.include_top = false}, "include_top" + absent);
  refuses("FCAutoencoder", {.pooling = "avg"}, "pooling" + absent);
  refuses("FCAutoencoder", {.classes = 5}, "classes" + absent);
  refuses("FCAutoencoder", {.classifier_activation = "linear"}, "classifier_activation" + absent);
  refuses("FCAutoencoder", {.head = Head::kDense}, "head" + absent);

  const std::string topless = " has no effect without a top (include_top)";
  refuses("MobileNet", {.dropout = 0.2, .include_top = false}, "dropout" + topless);
  refuses("MobileNet", {.dropout = 0.2, .head = Head::kDense}, "dropout" + topless);
  refuses("MobileNetV2", {.include_top = false, .classes = 5}, "classes" + topless);
  refuses("small_cnn", {.include_top = false, .classifier_activation = "linear"},
          "classifier_activation" + topless);

  refuses("RegNetX002", {.classifier_activation = "relu"},
          "classifier_activation has no effect with this application's own top, which gives logits");
  EXPECT_NO_THROW(build_application("RegNetX002", {.classifier_activation = "linear", .head = Head::kDense}));

  const std::string topped = " has no effect with the application's own top (include_top)";
  refuses("MobileNetV2", {.pooling = "avg"}, "pooling" + topped);
  refuses("small_cnn", {.pooling = "max", .head = Head::kDense}, "pooling" + topped);
  EXPECT_NO_THROW(build_application("MobileNetV2", {.pooling = "max", .head = Head::kDense}));
  EXPECT_NO_THROW(build_application(
      "MobileNetV3Small",
      {.alpha = 0.75, .dropout = 0.1, .minimalistic = true, .include_preprocessing = false}));
  EXPECT_NO_THROW(build_application("MobileNet", {.depth_multiplier = 2, .dropout = 0.2}));
}

}  // namespace
}  // namespace nudge::applications
