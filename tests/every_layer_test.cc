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
const Shape kSequence{6, 4};
const Shape kVolume{4, 4, 4, 2};

const Json kInnerLstm{{"class_name", "LSTM"}, {"config", {{"name", "inner"}, {"units", 3}}}};
const Json kInnerConv{{"class_name", "Conv2D"},
                      {"config", {{"name", "inner"}, {"filters", 3}, {"kernel_size", 2}}}};
// ops.add(x, y)
const Json kSum{{"class_name", "Add"},
                {"module", "keras.src.ops.numpy"},
                {"config", Json::object()},
                {"arguments",
                 {{"args",
                   {{{"class_name", "__keras_tensor__"}, {"tensor", 0}},
                    {{"class_name", "__keras_tensor__"}, {"tensor", 1}}}},
                  {"kwargs", Json::object()}}}};
const Shape kColors{6, 6, 3};

// A layer that is not here fails the first test; give it a row.
const std::vector<Row>& rows() {
  static const std::vector<Row> all{
      {"Activation", {{"activation", "tanh"}}, {kImage}},
      {"ActivityRegularization", {{"l1", 0.1}, {"l2", 0.1}}, {kImage}},
      {"AdaptiveAveragePooling1D", {{"output_size", 4}}, {kSequence}},
      {"AdaptiveAveragePooling2D", {{"output_size", 4}}, {kImage}},
      {"AdaptiveAveragePooling3D", {{"output_size", 2}}, {kVolume}},
      {"AdaptiveMaxPooling1D", {{"output_size", 3}}, {kSequence}},
      {"AdaptiveMaxPooling2D", {{"output_size", 3}}, {kImage}},
      {"AdaptiveMaxPooling3D", {{"output_size", 2}}, {kVolume}},
      {"Add", Json::object(), {kImage, kImage}},
      {"AdditiveAttention", Json::object(), {kSequence, kSequence}},
      {"AlphaDropout", {{"rate", 0.5}}, {kImage}},
      {"Attention", Json::object(), {kSequence, kSequence}},
      {"Average", Json::object(), {kImage, kImage}},
      {"AveragePooling1D", Json::object(), {kSequence}},
      {"AveragePooling2D", {{"pool_size", 2}}, {kImage}},
      {"AveragePooling3D", Json::object(), {kVolume}},
      {"BatchNormalization", Json::object(), {kImage}},
      {"Bidirectional", {{"merge_mode", "concat"}, {"layer", kInnerLstm}}, {kSequence}},
      {"CenterCrop", {{"height", 3}, {"width", 4}}, {kImage}},
      {"Concatenate", Json::object(), {kImage, kImage}},
      {"Conv1D", {{"filters", 5}, {"kernel_size", 3}, {"activation", "relu"}}, {kSequence}},
      {"Conv1DTranspose", {{"filters", 5}, {"kernel_size", 3}, {"strides", 2}}, {kSequence}},
      {"Conv2D", {{"filters", 5}, {"kernel_size", 3}, {"activation", "relu"}}, {kImage}},
      {"Conv2DTranspose", {{"filters", 5}, {"kernel_size", 3}, {"strides", 2}}, {kImage}},
      {"Conv3D", {{"filters", 3}, {"kernel_size", 2}}, {kVolume}},
      {"Conv3DTranspose", {{"filters", 3}, {"kernel_size", 2}}, {kVolume}},
      {"Cropping1D", {{"cropping", 1}}, {kSequence}},
      {"Cropping2D", {{"cropping", 1}}, {kImage}},
      {"ConvLSTM2D", {{"filters", 3}, {"kernel_size", 2}}, {kVolume}},
      {"Cropping3D", {{"cropping", 1}}, {kVolume}},
      {"CustomScaleLayer", {{"scale", 0.3}}, {kImage, kImage}},
      {"Dense", {{"units", 3}, {"activation", "softmax"}}, {{7}}},
      {"DepthwiseConv1D", {{"kernel_size", 3}, {"depth_multiplier", 2}}, {kSequence}},
      {"DepthwiseConv2D", {{"kernel_size", 3}, {"depth_multiplier", 2}}, {kImage}},
      {"Dot", {{"axes", -1}}, {kSequence, kSequence}},
      {"Dropout", {{"rate", 0.5}}, {kImage}},
      {"EinsumDense", {{"equation", "abc,cd->abd"}, {"output_shape", {nullptr, 5}}}, {kSequence}},
      {"ELU", Json::object(), {kImage}},
      {"Embedding", {{"input_dim", 9}, {"output_dim", 4}}, {{6}}},
      {"Flatten", Json::object(), {kImage}},
      {"GaussianDropout", {{"rate", 0.5}}, {kImage}},
      {"GaussianNoise", {{"stddev", 0.5}}, {kImage}},
      {"GlobalAveragePooling1D", Json::object(), {kSequence}},
      {"GlobalAveragePooling2D", Json::object(), {kImage}},
      {"GlobalAveragePooling3D", Json::object(), {kVolume}},
      {"GlobalMaxPooling1D", Json::object(), {kSequence}},
      {"GlobalMaxPooling2D", Json::object(), {kImage}},
      {"GlobalMaxPooling3D", Json::object(), {kVolume}},
      {"GroupNormalization", {{"groups", 2}}, {kImage}},
      {"GroupQueryAttention",
       {{"head_dim", 3}, {"num_query_heads", 4}, {"num_key_value_heads", 2}},
       {kSequence, kSequence}},
      {"GRU", {{"units", 3}}, {kSequence}},
      {"Identity", Json::object(), {kImage}},
      {"LayerNormalization", Json::object(), {kImage}},
      {"LayerScale", {{"init_values", 0.5}, {"projection_dim", 4}}, {kImage}},
      {"LeakyReLU", {{"negative_slope", 0.2}}, {kImage}},
      {"LSTM", {{"units", 3}, {"return_sequences", true}}, {kSequence}},
      {"Masking", Json::object(), {kSequence}},
      {"MaxPooling1D", Json::object(), {kSequence}},
      {"MaxPooling2D", {{"pool_size", 2}}, {kImage}},
      {"MaxPooling3D", Json::object(), {kVolume}},
      {"Maximum", Json::object(), {kImage, kImage}},
      {"Minimum", Json::object(), {kImage, kImage}},
      {"MultiHeadAttention", {{"num_heads", 2}, {"key_dim", 3}}, {kSequence, kSequence}},
      {"Multiply", Json::object(), {kImage, kImage}},
      {"Normalization", {{"mean", {0.1, 0.2, 0.3, 0.4}}, {"variance", {1.0, 0.5, 0.4, 0.3}}}, {kImage}},
      {"Operation", kSum, {kImage, kImage}},
      {"Permute", {{"dims", {3, 1, 2}}}, {kImage}},
      {"PReLU", {{"shared_axes", {1, 2}}}, {kImage}},
      {"RandomBrightness", {{"factor", 0.1}, {"value_range", {-1, 1}}}, {kImage}},
      {"RandomColorDegeneration", {{"factor", 0.1}, {"value_range", {-1, 1}}}, {kColors}},
      {"RandomColorJitter", {{"hue_factor", 0.1}, {"value_range", {-1, 1}}}, {kColors}},
      {"RandomContrast", {{"factor", 0.1}, {"value_range", {-1, 1}}}, {kImage}},
      {"RandomElasticTransform", {{"value_range", {-1, 1}}}, {kImage}},
      {"RandomErasing", {{"value_range", {-1, 1}}}, {kImage}},
      {"RandomFlip", Json::object(), {kImage}},
      {"RandomGaussianBlur", {{"value_range", {-1, 1}}}, {kImage}},
      {"RandomGrayscale", Json::object(), {kColors}},
      {"RandomHue", {{"factor", 0.1}, {"value_range", {-1, 1}}}, {kColors}},
      {"RandomInvert", {{"value_range", {-1, 1}}}, {kImage}},
      {"RandomPerspective", Json::object(), {kImage}},
      {"RandomPosterization", {{"factor", 4}, {"value_range", {-1, 1}}}, {kImage}},
      {"RandomRotation", {{"factor", 0.1}}, {kImage}},
      {"RandomSaturation", {{"factor", 0.1}, {"value_range", {-1, 1}}}, {kColors}},
      {"RandomSharpness", {{"factor", 0.1}, {"value_range", {-1, 1}}}, {kImage}},
      {"RandomShear", {{"x_factor", 0.1}}, {kImage}},
      {"RandomTranslation", {{"height_factor", 0.1}, {"width_factor", 0.1}}, {kImage}},
      {"RandomZoom", {{"height_factor", 0.1}}, {kImage}},
      {"ReLU", {{"max_value", 6.0}}, {kImage}},
      {"RepeatVector", {{"n", 3}}, {{7}}},
      {"Rescaling", {{"scale", 0.5}, {"offset", 0.1}}, {kImage}},
      {"Reshape", {{"target_shape", {12, 12}}}, {kImage}},
      {"Resizing", {{"height", 4}, {"width", 5}}, {kImage}},
      {"RMSNormalization", Json::object(), {kImage}},
      {"SeparableConv1D", {{"filters", 5}, {"kernel_size", 3}}, {kSequence}},
      {"SeparableConv2D", {{"filters", 5}, {"kernel_size", 3}}, {kImage}},
      {"SimpleRNN", {{"units", 3}}, {kSequence}},
      {"Solarization", {{"threshold_factor", 0.5}, {"value_range", {-1, 1}}}, {kImage}},
      {"Softmax", Json::object(), {{7}}},
      {"SpatialDropout1D", {{"rate", 0.5}}, {kSequence}},
      {"SpatialDropout2D", {{"rate", 0.5}}, {kImage}},
      {"SpatialDropout3D", {{"rate", 0.5}}, {kVolume}},
      {"StochasticDepth", {{"drop_path_rate", 0.5}}, {kImage}},
      {"Subtract", Json::object(), {kImage, kImage}},
      {"SpectralNormalization", {{"layer", kInnerConv}}, {kImage}},
      {"TimeDistributed", {{"layer", kInnerConv}}, {kVolume}},
      {"UnitNormalization", Json::object(), {kImage}},
      {"UpSampling1D", Json::object(), {kSequence}},
      {"UpSampling2D", {{"size", 2}}, {kImage}},
      {"UpSampling3D", Json::object(), {kVolume}},
      {"ZeroPadding1D", {{"padding", 1}}, {kSequence}},
      {"ZeroPadding2D", {{"padding", 1}}, {kImage}},
      {"ZeroPadding3D", {{"padding", 1}}, {kVolume}},
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

std::vector<Array> batch_for(const Model& model, const std::string& layer) {
  std::vector<Array> batch;
  Random random(5);
  for (const Tensor& input : model.inputs()) {
    Array array(with_batch(input.shape(), 3));
    for (float& x : array.span<float>()) {
      x = static_cast<float>(layer == "Embedding" ? static_cast<double>(random.below(9))
                                                  : random.uniform(-1, 1));
    }
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
  const std::vector<Array> batch = batch_for(*model, GetParam().layer);
  // SpectralNormalization's kernel is then where its steps leave it.
  for (int step = 0; step < 100; ++step) model->begin_training_step();
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
