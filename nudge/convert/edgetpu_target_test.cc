// Files for the Edge TPU: every operator is mapped, and every runtime computes the same.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/applications/applications.h"
#include "nudge/base/error.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/one_quantizer.h"
#include "nudge/convert/test_models.h"
#include "nudge/edgetpu/prediction.h"
#include "nudge/layers/layers.h"
#include "nudge/tflite/litert.h"

namespace nudge::convert {
namespace {

using testing::ElementsAre;
using testing::ElementsAreArray;
using testing::HasSubstr;
using testing::ThrowsMessage;
using tflite::BuiltinOperator;

ConvertOptions edgetpu(DataType ends = DataType::kInt8) {
  return {.input_type = ends, .output_type = ends, .target = Target::kEdgeTpu};
}

std::vector<std::string> operator_names(const tflite::TfLiteModel& file) {
  std::vector<std::string> names;
  for (const tflite::Operator& op : file.main().operators) names.push_back(to_string(op.op));
  return names;
}

ModelPtr application(const std::string& name, int64_t side, double alpha) {
  return applications::build_application(name,
                                         {.input_shape = {side, side, 3}, .alpha = alpha, .classes = 10});
}

void repeat(std::vector<std::string>& names, int times, const std::vector<std::string>& more) {
  for (int i = 0; i < times; ++i) names.insert(names.end(), more.begin(), more.end());
}

TEST(EdgeTpuTarget, MobileNetHasCoralsThirtyOneOperators) {
  const auto made = trained_like(application("MobileNet", 64, 0.25), 1);
  const tflite::TfLiteModel file = convert(*made.quantized, edgetpu()).file;
  std::vector<std::string> expected{"CONV_2D"};
  repeat(expected, 13, {"DEPTHWISE_CONV_2D", "CONV_2D"});
  repeat(expected, 1, {"AVERAGE_POOL_2D", "CONV_2D", "RESHAPE", "SOFTMAX"});
  EXPECT_THAT(operator_names(file), ElementsAreArray(expected));
  EXPECT_EQ(edgetpu::predict(file).mapped(), 31u);
}

TEST(EdgeTpuTarget, MobileNetV2IsMappedWhole) {
  const auto made = trained_like(application("MobileNetV2", 64, 0.35), 2);
  const edgetpu::Prediction whole = edgetpu::predict(convert(*made.quantized, edgetpu()).file);
  EXPECT_EQ(whole.outcome(), edgetpu::Outcome::kMapped);
  EXPECT_EQ(whole.mapped(),
            66u);  // 52 convolutions, 10 sums, the mean and its shape, the dense layer, softmax
  const edgetpu::Prediction bytes =
      edgetpu::predict(convert(*made.quantized, edgetpu(DataType::kUInt8)).file);
  EXPECT_EQ(bytes.outcome(), edgetpu::Outcome::kMapped);
  EXPECT_EQ(bytes.mapped(), 68u);
  EXPECT_EQ(bytes.operators.size(), 68u);
}

TEST(EdgeTpuTarget, NoRuntimeComputesOtherCodes) {
  for (const char* name : {"MobileNet", "MobileNetV2"}) {
    const auto made = trained_like(application(name, 64, 0.35), 3);
    const Agreement agreement = expect_agrees_with_litert(*made.quantized, 4, 4, edgetpu());
    if (!tflite::litert_available()) GTEST_SKIP() << "LiteRT is not installed";
    EXPECT_GT(agreement.integers, 100000);
    EXPECT_EQ(agreement.default_different, 0) << name;
  }
}

// image -> conv with ReLU -> mean -> dense with softmax
ModelPtr classifier(int64_t side) {
  const Tensor x = input({side, side, 3}, "image");
  const Tensor y = layers::conv2d(
      x, {.filters = 8, .kernel_size = 3, .activation = layers::ActivationFunction::kRelu, .name = "conv"});
  const Tensor mean = layers::global_average_pooling2d(y, {.name = "mean"});
  return make_model(
      x,
      layers::dense(mean, {.units = 5, .activation = layers::ActivationFunction::kSoftmax, .name = "top"}));
}

TEST(EdgeTpuTarget, AMeanIsAPoolingOnTheGridOfItsInput) {
  const auto made = trained_like(classifier(40), 5);  // 38 x 38 values are more than a convolution takes
  const Conversion conversion = convert(*made.quantized, edgetpu());
  const tflite::SubGraph& graph = conversion.file.main();
  EXPECT_THAT(operator_names(conversion.file),
              ElementsAre("CONV_2D", "AVERAGE_POOL_2D", "RESHAPE", "FULLY_CONNECTED", "SOFTMAX"));
  const tflite::Operator& mean = graph.operators[1];
  const auto grid = [&](int32_t index) { return graph.tensors[static_cast<size_t>(index)].quantization; };
  EXPECT_TRUE(same_grid(*grid(mean.inputs[0]), *grid(mean.outputs[0])));
  // Only that the ranges have seen one batch: no tensor is off its quantizer's grid, no runtime differs.
  EXPECT_THAT(conversion.warnings, ElementsAre(HasSubstr("have not settled")));
  const Agreement agreement = expect_agrees_with_litert(*made.quantized, 8, 6, edgetpu());
  EXPECT_EQ(agreement.default_different, 0);
}

TEST(EdgeTpuTarget, TheBatchIsOneEverywhere) {
  const tflite::TfLiteModel file = convert(*trained_like(classifier(8), 7).quantized, edgetpu()).file;
  for (const tflite::TfLiteTensor& tensor : file.main().tensors) {
    EXPECT_TRUE(tensor.shape_signature.empty()) << tensor.name;
  }
  const tflite::Operator& reshape = file.main().operators[2];
  const Array shape = tflite::to_array(file.main().tensors[static_cast<size_t>(reshape.inputs[1])]);
  EXPECT_THAT(shape.span<int32_t>(), ElementsAre(1, 8));
}

TEST(EdgeTpuTarget, TakesNoFloats) {
  const auto made = trained_like(classifier(8), 8);
  EXPECT_THAT([&] { convert(*made.quantized, {.target = Target::kEdgeTpu}); },
              ThrowsMessage<ValueError>(HasSubstr("input type must be int8 or uint8, not float32")));
  EXPECT_THAT([&] { convert(*made.quantized, {.input_type = DataType::kInt8, .target = Target::kEdgeTpu}); },
              ThrowsMessage<ValueError>(HasSubstr("output type must be int8 or uint8")));
  EXPECT_THAT([&] { convert(*made.float_model, edgetpu()); },
              ThrowsMessage<ValueError>(HasSubstr("the model is float; quantize it first")));
}

TEST(EdgeTpuTarget, NamesWhatCannotBeMappedAndWhy) {
  const Tensor x = input({8, 8, 3}, "image");
  const auto conv = [](const Tensor& from) {
    return layers::conv2d(from, {.filters = 4, .kernel_size = 3, .name = "conv"});
  };
  const auto refusal = [&](const Tensor& output, const std::string& layers, const std::string& message) {
    const auto made = trained_like(make_model(x, output), 9, layers);
    EXPECT_THAT([&] { convert(*made.quantized, edgetpu()); },
                ThrowsMessage<UnsupportedError>(HasSubstr(message)));
  };
  refusal(layers::activation(conv(x), {.activation = layers::ActivationFunction::kHardSilu, .name = "swish"}),
          ".*",
          "swish (HARD_SWISH) would run on the CPU: the Edge TPU has no such operation; RELU6 is mapped");
  refusal(layers::activation(conv(x), {.activation = layers::ActivationFunction::kSoftsign, .name = "soft"}),
          ".*", "stays float, and the Edge TPU computes 8-bit values only");
  refusal(layers::max_pooling2d(layers::conv2d(conv(x), {.filters = 4, .kernel_size = 1, .name = "second"}),
                                {.name = "pool"}),
          "conv|pool", "second (CONV_2D) stays float");
}

}  // namespace
}  // namespace nudge::convert
