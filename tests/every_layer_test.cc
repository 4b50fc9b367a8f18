// Every registered layer goes the whole way: steps, quantization, and a file that the integer evaluator runs.
#include <gmock/gmock.h>

#include <map>
#include <nlohmann/json.hpp>
#include <set>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/convert/convert.h"
#include "nudge/graph/registry.h"
#include "nudge/layers/layers.h"
#include "nudge/plan/plan.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/register.h"
#include "nudge/tflite/evaluator.h"

namespace nudge::tests {
namespace {

struct Row {
  std::string layer;
  Json config;  // beside the name
  std::vector<Shape> inputs;
};

const Shape kImage{6, 6, 4};

// A layer that is not here fails the first test; give it a row.
const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"Activation", {{"activation", "tanh"}}, {kImage}},
      {"Add", Json::object(), {kImage, kImage}},
      {"AveragePooling2D", {{"pool_size", 2}}, {kImage}},
      {"BatchNormalization", Json::object(), {kImage}},
      {"Concatenate", Json::object(), {kImage, kImage}},
      {"Conv2D", {{"filters", 5}, {"kernel_size", 3}, {"activation", "relu"}}, {kImage}},
      {"Dense", {{"units", 3}, {"activation", "softmax"}}, {{7}}},
      {"DepthwiseConv2D", {{"kernel_size", 3}, {"depth_multiplier", 2}}, {kImage}},
      {"Dropout", {{"rate", 0.5}}, {kImage}},
      {"SpatialDropout1D", {{"rate", 0.5}}, {{6, 4}}},
      {"SpatialDropout2D", {{"rate", 0.5}}, {kImage}},
      {"SpatialDropout3D", {{"rate", 0.5}}, {{3, 4, 4, 2}}},
      {"AlphaDropout", {{"rate", 0.5}}, {kImage}},
      {"GaussianDropout", {{"rate", 0.2}}, {kImage}},
      {"GaussianNoise", {{"stddev", 0.2}}, {kImage}},
      {"StochasticDepth", {{"drop_path_rate", 0.5}}, {kImage}},
      {"Flatten", Json::object(), {kImage}},
      {"GlobalAveragePooling2D", Json::object(), {kImage}},
      {"GlobalMaxPooling2D", Json::object(), {kImage}},
      {"LeakyReLU", {{"negative_slope", 0.2}}, {kImage}},
      {"MaxPooling2D", {{"pool_size", 2}}, {kImage}},
      {"Maximum", Json::object(), {kImage, kImage}},
      {"Multiply", Json::object(), {kImage, kImage}},
      {"ReLU", {{"max_value", 6.0}}, {kImage}},
      {"Rescaling", {{"scale", 0.5}, {"offset", 0.1}}, {kImage}},
      {"Reshape", {{"target_shape", {12, 12}}}, {kImage}},
      {"Softmax", Json::object(), {{7}}},
      {"UpSampling2D", {{"size", 2}}, {kImage}},
      {"ZeroPadding2D", {{"padding", 1}}, {kImage}},
  };
  return all;
}

// What is registered and computes nothing that a row could show: what quantization makes of other layers.
const std::set<std::string> kNotAlone{"InputLayer", "QuantizeAnnotate", "QuantizeLayer", "QuantizeWrapperV2"};

ModelPtr model_of(const Row& row) {
  Json config = row.config;
  config["name"] = "layer";
  std::vector<Tensor> inputs;
  for (const Shape& shape : row.inputs) inputs.push_back(input(shape));
  const ModelPtr model = make_model(inputs, {layer_from_config(row.layer, config)->call(inputs)});
  model->initialize(1);
  return model;
}

std::vector<Array> batch_for(const Model& model) {
  std::vector<Array> batch;
  Random random(5);
  for (const Tensor& input : model.inputs()) {
    Array array(with_batch(input.shape(), 3));
    for (float& x : array.span<float>()) x = static_cast<float>(random.uniform(-1, 1));
    batch.push_back(array);
  }
  return batch;
}

class EveryLayer : public ::testing::TestWithParam<Row> {
 protected:
  static void SetUpTestSuite() {
    layers::register_layers();
    quantize::register_quantize_layers();
  }
};

TEST(LayerRegistry, HasARowHereForEachClass) {
  layers::register_layers();
  quantize::register_quantize_layers();
  std::set<std::string> known = kNotAlone;
  for (const Row& row : rows()) known.insert(row.layer);
  const auto registered = registered_layers();
  EXPECT_EQ(known, std::set<std::string>(registered.begin(), registered.end()));
}

TEST_P(EveryLayer, TrainsQuantizesAndConverts) {
  const ModelPtr model = model_of(GetParam());
  const std::vector<Array> batch = batch_for(*model);
  const auto plan = plan::compile(model);
  const Array exact = plan->forward(batch, plan::Mode::kInference).front();
  ASSERT_EQ(exact.shape(), with_batch(model->outputs().front().shape(), 3));

  const ModelPtr quantized = quantize::quantize_model(*model);
  const auto qat = plan::compile(quantized);
  qat->forward(batch, plan::Mode::kCalibration);
  std::vector<Array> gradients;
  for (const Array& output : qat->forward(batch, plan::Mode::kTraining)) {
    gradients.push_back(Array::full<float>(output.shape(), 1.0f));
  }
  qat->backward(gradients);

  tflite::Evaluator evaluator(convert::convert(*quantized).file, {});
  const Array integer = evaluator.run(batch).front();
  ASSERT_EQ(integer.shape(), exact.shape());
  double largest = 0, worst = 0;
  for (int64_t i = 0; i < exact.size(); ++i) {
    const auto value = static_cast<double>(exact.data<float>()[i]);
    largest = std::max(largest, std::abs(value));
    worst = std::max(worst, std::abs(value - static_cast<double>(integer.data<float>()[i])));
  }
  EXPECT_GT(largest, 0.0);
  EXPECT_LT(worst, 0.05 * largest) << "8 bits are within some steps of float";
}

INSTANTIATE_TEST_SUITE_P(, EveryLayer, ::testing::ValuesIn(rows()),
                         [](const auto& row) { return row.param.layer; });

}  // namespace
}  // namespace nudge::tests
