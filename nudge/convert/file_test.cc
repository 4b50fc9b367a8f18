// What a converted file holds: names, types, operators and their versions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/convert/one_quantizer.h"
#include "nudge/convert/test_models.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"
#include "nudge/tflite/difference.h"
#include "nudge/tflite/evaluator.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/versions.h"
#include "nudge/tflite/writer.h"

namespace nudge::convert {
namespace {

using layers::ActivationFunction;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;
using tflite::BuiltinOperator;

std::vector<BuiltinOperator> operators(const tflite::TfLiteModel& file) {
  std::vector<BuiltinOperator> result;
  for (const tflite::Operator& op : file.main().operators) result.push_back(op.op);
  return result;
}

const tflite::Operator& first(const tflite::TfLiteModel& file, BuiltinOperator wanted) {
  for (const tflite::Operator& op : file.main().operators) {
    if (op.op == wanted) return op;
  }
  throw std::runtime_error("no " + to_string(wanted));
}

const tflite::TfLiteTensor& tensor(const tflite::TfLiteModel& file, int32_t index) {
  return file.main().tensors.at(static_cast<size_t>(index));
}

std::vector<std::string> output_names(const tflite::TfLiteModel& file) {
  std::vector<std::string> names;
  for (const auto& [name, index] : file.signatures.front().outputs) names.push_back(name);
  return names;
}

// image -> conv, BatchNormalization, ReLU6 -> mean -> dense with softmax
ModelPtr file_classifier() {
  const Tensor x = input({8, 8, 3}, "image");
  Tensor y = layers::conv2d(x, {.filters = 4, .kernel_size = 3, .strides = 2, .name = "conv"});
  y = layers::relu(layers::batch_normalization(y, {.name = "bn"}), {.max_value = 6, .name = "relu"});
  y = layers::global_average_pooling2d(y, {.name = "mean"});
  return make_model(
      x, layers::dense(y, {.units = 5, .activation = ActivationFunction::kSoftmax, .name = "top"}));
}

TEST(File, ConvolutionBatchNormalizationAndReluAreOneOperator) {
  const auto made = trained_like(file_classifier(), 1);
  const tflite::TfLiteModel whole = convert(*made.float_model).file;
  EXPECT_THAT(operators(whole), ElementsAre(BuiltinOperator::kConv2d, BuiltinOperator::kMean,
                                            BuiltinOperator::kFullyConnected, BuiltinOperator::kSoftmax));
  const tflite::Operator& conv = whole.main().operators.front();
  EXPECT_EQ(std::get<tflite::TfLiteConv2dOptions>(conv.options).activation, tflite::FusedActivation::kRelu6);
  EXPECT_EQ(tensor(whole, conv.outputs.front()).name, "relu");

  const tflite::TfLiteModel quantized = convert(*made.quantized, {.portable_scales = false}).file;
  EXPECT_THAT(operators(quantized), ElementsAre(BuiltinOperator::kQuantize, BuiltinOperator::kConv2d,
                                                BuiltinOperator::kMean, BuiltinOperator::kFullyConnected,
                                                BuiltinOperator::kSoftmax, BuiltinOperator::kDequantize));
}

TEST(File, WithPortableScalesAMeanIsAConvolutionWithOneWeight) {
  const tflite::TfLiteModel file = convert(*trained_like(file_classifier(), 1).quantized).file;
  EXPECT_THAT(operators(file), ElementsAre(BuiltinOperator::kQuantize, BuiltinOperator::kConv2d,
                                           BuiltinOperator::kDepthwiseConv2d, BuiltinOperator::kReshape,
                                           BuiltinOperator::kFullyConnected, BuiltinOperator::kSoftmax,
                                           BuiltinOperator::kDequantize));
  const tflite::Operator& mean = first(file, BuiltinOperator::kDepthwiseConv2d);
  const tflite::TfLiteTensor& kernel = tensor(file, mean.inputs[1]);
  EXPECT_EQ(kernel.shape, (Shape{1, 3, 3, 4}));
  ASSERT_EQ(kernel.quantization->scale.size(), 1u) << "all channels are alike";
  const Array codes = tflite::to_array(kernel);
  for (const int8_t code : codes.span<int8_t>()) {
    EXPECT_NEAR(code * static_cast<double>(kernel.quantization->scale[0]), 1.0 / 9, 1e-4);
  }
}

TEST(File, WeightsAreInt8AndBiasesOnTheProductOfScales) {
  const tflite::TfLiteModel file = convert(*trained_like(file_classifier(), 2).quantized).file;
  const tflite::Operator& conv = first(file, BuiltinOperator::kConv2d);
  const tflite::TfLiteTensor& x = tensor(file, conv.inputs[0]);
  const tflite::TfLiteTensor& kernel = tensor(file, conv.inputs[1]);
  const tflite::TfLiteTensor& bias = tensor(file, conv.inputs[2]);
  EXPECT_EQ(kernel.type, tflite::TensorType::kInt8);
  EXPECT_EQ(kernel.shape, (Shape{4, 3, 3, 3}));
  EXPECT_EQ(kernel.quantization->dimension, 0);
  ASSERT_EQ(kernel.quantization->scale.size(), 4u);
  EXPECT_EQ(bias.type, tflite::TensorType::kInt32);
  for (size_t c = 0; c < 4; ++c) {
    EXPECT_EQ(bias.quantization->scale[c], x.quantization->scale[0] * kernel.quantization->scale[c]);
    EXPECT_EQ(bias.quantization->zero_point[c], 0);
  }
  const Array codes = tflite::to_array(kernel);
  EXPECT_THAT(std::vector<int8_t>(codes.span<int8_t>().begin(), codes.span<int8_t>().end()),
              Not(Contains(-128)));
}

TEST(File, TheSignatureNamesInputsAndOutputsAndTheBatchIsOpen) {
  const tflite::TfLiteModel file = convert(*trained_like(file_classifier(), 3).quantized).file;
  const tflite::Signature& signature = file.signatures.front();
  EXPECT_EQ(signature.key, "serving_default");
  EXPECT_EQ(signature.inputs.front().first, "image");
  EXPECT_EQ(signature.outputs.front().first, "top");
  EXPECT_EQ(tensor(file, signature.inputs.front().second).shape_signature, (Shape{-1, 8, 8, 3}));
  EXPECT_EQ(tensor(file, signature.outputs.front().second).shape_signature, (Shape{-1, 5}));
}

TEST(File, ComesBackFromItsBytesWithItsRuntimeVersion) {
  const tflite::TfLiteModel file = convert(*trained_like(every_layer_model(), 4).quantized).file;
  const tflite::TfLiteModel back = tflite::parse(tflite::serialize(file), "bytes");
  EXPECT_THAT(tflite::find_differences(file, back), IsEmpty());
  ASSERT_EQ(back.metadata.size(), 1u);
  EXPECT_EQ(back.metadata.front().name, tflite::kMinRuntimeVersion);
  EXPECT_EQ(back.metadata.front().data, tflite::runtime_version_metadata(file).data);
}

TEST(File, OperatorVersionsAreTheLowest) {
  const auto made = trained_like(every_layer_model(), 5);
  const tflite::TfLiteModel quantized = convert(*made.quantized).file;
  EXPECT_EQ(first(quantized, BuiltinOperator::kConv2d).version, 3);
  EXPECT_EQ(first(quantized, BuiltinOperator::kDepthwiseConv2d).version, 3);
  EXPECT_EQ(first(quantized, BuiltinOperator::kFullyConnected).version, 5);  // on rank 3
  EXPECT_EQ(first(quantized, BuiltinOperator::kReshape).version, 1);
  EXPECT_EQ(first(quantized, BuiltinOperator::kPad).version, 2);
  EXPECT_EQ(first(quantized, BuiltinOperator::kQuantize).version, 1);
  EXPECT_EQ(first(quantized, BuiltinOperator::kDequantize).version, 2);
  const tflite::TfLiteModel whole = convert(*made.float_model).file;
  EXPECT_EQ(first(whole, BuiltinOperator::kConv2d).version, 1);
  EXPECT_EQ(first(whole, BuiltinOperator::kMaxPool2d).version, 1);
  EXPECT_EQ(first(whole, BuiltinOperator::kAdd).version, 1);

  const tflite::TfLiteModel plain = convert(*trained_like(file_classifier(), 6).quantized).file;
  EXPECT_EQ(first(plain, BuiltinOperator::kFullyConnected).version, 4);
  EXPECT_EQ(tflite::min_runtime_version(plain), "1.14.0");
}

TEST(File, AFullyQuantizedModelHasFloatOnlyAtItsEnds) {
  const tflite::TfLiteModel file = convert(*trained_like(every_layer_model(), 7).quantized).file;
  std::vector<std::string> islands;
  for (const tflite::Operator& op : file.main().operators) {
    const tflite::TfLiteTensor& output = tensor(file, op.outputs.front());
    if (output.type == tflite::TensorType::kFloat32) islands.push_back(output.name);
  }
  EXPECT_THAT(islands, ElementsAre("classes/float", "sides/float"));
}

TEST(File, AReluThatNoOperatorHasIsAReluAndAMinimum) {
  const Tensor x = input({4, 4, 3}, "image");
  const Tensor y = layers::conv2d(x, {.filters = 4, .name = "conv"});
  const ModelPtr model = make_model(x, layers::relu(y, {.max_value = 0.5, .name = "relu"}));
  const auto made = trained_like(model, 8);
  const tflite::TfLiteModel whole = convert(*made.float_model).file;
  EXPECT_THAT(operators(whole),
              ElementsAre(BuiltinOperator::kConv2d, BuiltinOperator::kRelu, BuiltinOperator::kMinimum));
  const auto inputs = random_inputs(*model, 4, 9);
  const Array clipped = tflite::Evaluator(whole).run(inputs).front();
  EXPECT_EQ(*std::max_element(clipped.data<float>(), clipped.data<float>() + clipped.size()), 0.5f);

  // Calibrated, the grid ends at the limit and nothing is left to clip.
  const tflite::TfLiteModel file = convert(*made.quantized).file;
  EXPECT_THAT(operators(file), ElementsAre(BuiltinOperator::kQuantize, BuiltinOperator::kConv2d,
                                           BuiltinOperator::kRelu, BuiltinOperator::kDequantize));
  // TFMOT's range goes on to 6.
  const tflite::TfLiteModel clips =
      convert(*trained_like(model, 8, ".*", quantize::tfmot_scheme()).quantized).file;
  EXPECT_THAT(operators(clips), Contains(BuiltinOperator::kMinimum));
  const Array six = tflite::Evaluator(clips).run(inputs).front();
  EXPECT_NEAR(*std::max_element(six.data<float>(), six.data<float>() + six.size()), 0.5f, 6.0f / 255);
}

TEST(File, SharedLayersAndSeveralInputsAndOutputs) {
  const Tensor x = input({6, 6, 3}, "left"), y = input({6, 6, 3}, "right");
  const auto conv = std::make_shared<layers::Conv2D>(layers::Conv2DOptions{
      .filters = 4, .kernel_size = 3, .activation = ActivationFunction::kRelu, .name = "conv"});
  const Tensor a = conv->call(x), b = conv->call(y);
  const ModelPtr model = make_model({x, y}, {layers::add({a, b}, {.name = "sum"}), a, b, a});
  const auto made = trained_like(model, 10);
  const tflite::TfLiteModel file = convert(*made.quantized).file;
  EXPECT_THAT(quantizer_mismatches(*made.quantized, file), IsEmpty());
  EXPECT_THAT(output_names(file), ElementsAre("sum", "conv", "conv_1", "conv_2"));
  const Agreement agreement = expect_agrees_with_litert(*made.quantized, 10, 11);
  EXPECT_EQ(agreement.different, 0);
  expect_agrees_with_litert(*made.float_model, 10, 12);
  // Both calls use one kernel, which the file stores once.
  const size_t bytes = tflite::serialize(file).size();
  EXPECT_LT(bytes, 7000u);
}

TEST(File, AModelThatOnlyMovesValues) {
  const Tensor x = input({4, 4, 2}, "image");
  const ModelPtr model = make_model(x, layers::dropout(x, {.name = "dropout"}));
  const tflite::TfLiteModel file = convert(*model).file;
  const auto inputs = random_inputs(*model, 3, 13);
  EXPECT_TRUE(identical(tflite::Evaluator(file).run(inputs).front(), inputs.front()));
  expect_agrees_with_litert(*model, 3, 14);
}

TEST(File, BatchNormalizationAloneOnEveryRank) {
  for (const Shape& shape : {Shape{5}, Shape{4, 5}, Shape{3, 4, 5}}) {
    SCOPED_TRACE(to_string(shape));
    const Tensor x = input(shape, "x");
    const auto made = trained_like(make_model(x, layers::batch_normalization(x, {.name = "bn"})), 15);
    const tflite::TfLiteModel file = convert(*made.quantized).file;
    EXPECT_THAT(operators(file), Contains(BuiltinOperator::kDepthwiseConv2d));
    EXPECT_THAT(quantizer_mismatches(*made.quantized, file), IsEmpty());
    expect_agrees_with_litert(*made.quantized, 20, 16);
    // Near to the float model, on the inputs that the ranges have seen.
    const auto inputs = random_inputs(*made.float_model, kCalibrationInputs, 15 + 1);
    const Array exact = tflite::Evaluator(convert(*made.float_model).file).run(inputs).front();
    const Array rounded = tflite::Evaluator(file).run(inputs).front();
    for (int64_t i = 0; i < exact.size(); ++i) {
      EXPECT_NEAR(exact.data<float>()[i], rounded.data<float>()[i], 0.05f);
    }
  }
}

TEST(File, SumsThatBroadcast) {
  const Tensor x = input({4, 5, 3}, "image");
  const Tensor column = layers::max_pooling2d(x, {.pool_size = {1, 5}, .name = "column"});
  const Tensor row = layers::max_pooling2d(x, {.pool_size = {4, 1}, .name = "row"});
  const ModelPtr model = make_model({x}, {layers::add({column, row, x}, {.name = "sum"}),
                                          layers::multiply({row, column, column}, {.name = "product"}),
                                          layers::maximum({column, row, x}, {.name = "largest"}),
                                          layers::add({row, column}, {.name = "two"})});
  const auto made = trained_like(model, 18);
  EXPECT_THAT(quantizer_mismatches(*made.quantized, convert(*made.quantized).file), IsEmpty());
  expect_agrees_with_litert(*made.quantized, 10, 19);
  expect_agrees_with_litert(*made.float_model, 10, 20);
}

TEST(File, TfmotsSchemeConvertsWithItsIslandsAndExtraSteps) {
  const Tensor x = input({8, 8, 3}, "image");
  const Tensor a = layers::conv2d(x, {.filters = 4, .kernel_size = 3, .name = "a"});
  const Tensor b =
      layers::relu(layers::conv2d(x, {.filters = 4, .kernel_size = 3, .name = "b"}), {.name = "relu"});
  const Tensor joined = layers::concatenate({layers::max_pooling2d(a, {.pool_size = 1, .name = "pool"}), b},
                                            {.name = "joined"});
  const Tensor mean = layers::average_pooling2d(joined, {.name = "mean"});
  const Tensor top = layers::dense(layers::flatten(mean, {.name = "flat"}),
                                   {.units = 5, .activation = ActivationFunction::kSoftmax, .name = "top"});
  const auto made = trained_like(make_model(x, top), 21, ".*", quantize::tfmot_scheme());
  const tflite::TfLiteModel file = convert(*made.quantized).file;
  // The convolution before a separate ReLU has lost its kernel's quantizer: it is a float island.
  int floating = 0;
  for (const tflite::Operator& op : file.main().operators) {
    floating +=
        op.op == BuiltinOperator::kConv2d && tensor(file, op.inputs[0]).type == tflite::TensorType::kFloat32;
  }
  EXPECT_EQ(floating, 1);
  EXPECT_THAT(quantizer_mismatches(*made.quantized, file),
              Contains("tensor 'mean' is on no grid that training put this layer on"));
  expect_agrees_with_litert(*made.quantized, 20, 22);
}

TEST(OneQuantizer, AnotherGridIsFound) {
  const auto made = trained_like(file_classifier(), 23);
  tflite::TfLiteModel file = convert(*made.quantized).file;
  EXPECT_THAT(quantizer_mismatches(*made.quantized, file), IsEmpty());
  for (tflite::TfLiteTensor& each : file.main().tensors) {
    if (each.name == "relu") each.quantization->scale[0] *= 1.01f;
  }
  EXPECT_THAT(quantizer_mismatches(*made.quantized, file),
              ElementsAre("tensor 'relu' is on no grid that training put this layer on",
                          "quantizer 'quant_relu/output' has no 8-bit tensor"));
}

TEST(OneQuantizer, UnsignedEndsCountAsTheirSignedForm) {
  const auto made = trained_like(file_classifier(), 24);
  EXPECT_THAT(
      quantizer_mismatches(
          *made.quantized,
          convert(*made.quantized, {.input_type = DataType::kUInt8, .output_type = DataType::kUInt8}).file),
      IsEmpty());
}

TEST(OneQuantizer, ATensorWithoutAQuantizerIsFound) {
  const auto made = trained_like(file_classifier(), 25);
  tflite::TfLiteModel file = convert(*made.quantized).file;
  tflite::TfLiteTensor extra;
  extra.name = "extra";
  extra.shape = {1, 5};
  extra.type = tflite::TensorType::kInt8;
  extra.quantization = tflite::per_tensor(0.123f, 4);
  file.main().add(extra);
  EXPECT_THAT(quantizer_mismatches(*made.quantized, file),
              ElementsAre("tensor 'extra' is on no grid that training has"));
}

}  // namespace
}  // namespace nudge::convert
