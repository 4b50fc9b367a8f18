// What convert() says of the file that it makes, and what it refuses.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/error.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/test_models.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/ranges.h"

namespace nudge::convert {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::Field;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// image -> conv with ReLU -> mean -> dense with softmax
ModelPtr classifier() {
  const Tensor x = input({8, 8, 3}, "image");
  const Tensor y =
      layers::relu(layers::conv2d(x, {.filters = 8, .kernel_size = 3, .name = "conv"}), {.name = "relu"});
  const Tensor mean = layers::global_average_pooling2d(y, {.name = "mean"});
  return make_model(
      x,
      layers::dense(mean, {.units = 5, .activation = layers::ActivationFunction::kSoftmax, .name = "top"}));
}

std::string conversion_refusal(const Model& model) {
  try {
    convert(model);
  } catch (const ValueError& error) {
    return error.what();
  }
  return "none";
}

TEST(Conversion, OfAWholeModelHasNothingToSay) {
  const Conversion made = convert(*trained_like(classifier(), 1).quantized);
  EXPECT_THAT(made.islands, IsEmpty());
  // One batch has moved the ranges.
  EXPECT_THAT(made.warnings, ElementsAre(HasSubstr("activation ranges have not settled")));
}

TEST(Conversion, OfAFloatModelHasNothingToSay) {
  const Conversion made = convert(*trained_like(classifier(), 1).float_model);
  EXPECT_THAT(made.islands, IsEmpty());
  EXPECT_THAT(made.scale_moves, IsEmpty());
  EXPECT_THAT(made.warnings, IsEmpty());
}

TEST(Conversion, NamesFloatIslands) {
  const Conversion made = convert(*trained_like(classifier(), 2, "top").quantized);
  EXPECT_THAT(made.islands,
              ElementsAre(AllOf(Field(&FloatIsland::name, "relu"), Field(&FloatIsland::op, "CONV_2D"),
                                Field(&FloatIsland::reason, "training puts no quantizer on it")),
                          AllOf(Field(&FloatIsland::name, "mean"), Field(&FloatIsland::op, "MEAN"))));
}

TEST(Conversion, SaysWhyAQuantizedLayerIsAnIsland) {
  const Tensor x = input({4, 4, 3});
  const auto function = layers::ActivationFunction::kSoftsign;
  const auto made =
      trained_like(make_model(x, layers::activation(x, {.activation = function, .name = "soft"})), 3);
  EXPECT_THAT(convert(*made.quantized).islands,
              Contains(AllOf(
                  Field(&FloatIsland::name, HasSubstr("soft")), Field(&FloatIsland::op, "DIV"),
                  Field(&FloatIsland::reason, "its 8-bit kernel cannot compute it between these ranges"))));
}

TEST(Conversion, SaysThatALayersWeightsHaveNoQuantizer) {
  EXPECT_THAT(convert(*trained_like(classifier(), 3, "relu|mean|top").quantized).islands,
              ElementsAre(AllOf(Field(&FloatIsland::name, "conv"), Field(&FloatIsland::op, "CONV_2D"),
                                Field(&FloatIsland::reason, "its weights have no quantizer"))));
}

TEST(Conversion, ListsTheLargestScaleMovesFirst) {
  const Conversion made = convert(*trained_like(classifier(), 4).quantized);
  ASSERT_EQ(made.scale_moves.size(), 10u);
  const auto size = [](const ScaleMove& move) { return std::abs(std::log(move.factor)); };
  for (size_t i = 1; i < made.scale_moves.size(); ++i) {
    EXPECT_GE(size(made.scale_moves[i - 1]), size(made.scale_moves[i]));
  }
  EXPECT_GT(size(made.scale_moves.front()), 0);
  EXPECT_THAT(made.scale_moves, Each(Field(&ScaleMove::name, testing::AnyOf("conv", "top"))));
  EXPECT_THAT(convert(*trained_like(classifier(), 4).quantized, {.portable_scales = false}).scale_moves,
              IsEmpty());
}

TEST(Conversion, WarnsOfTensorsThatTrainingDidNotRound) {
  const Tensor x = input({8, 8, 3}, "image");
  const Tensor mean = layers::average_pooling2d(
      layers::conv2d(x, {.filters = 4, .kernel_size = 3, .name = "conv"}), {.name = "mean"});
  const auto made = trained_like(make_model(x, mean), 5, ".*", quantize::tfmot_scheme());
  EXPECT_THAT(convert(*made.quantized).warnings,
              Contains("tensor 'mean' is on no grid that training put this layer on"));
}

TEST(Conversion, WarnsWhereRuntimesMayDiffer) {
  const Tensor x = input({8, 8, 3}, "image");
  const Tensor larger =
      layers::up_sampling2d(layers::conv2d(x, {.filters = 4}),
                            {.size = 2, .interpolation = layers::Interpolation::kBilinear, .name = "larger"});
  const auto made = trained_like(make_model(x, larger), 6);
  EXPECT_THAT(convert(*made.quantized).warnings, Contains(HasSubstr("larger: LiteRT's default kernels")));
  EXPECT_THAT(convert(*made.quantized, {.portable_scales = false}).warnings,
              Not(Contains(HasSubstr("larger"))));
}

TEST(Conversion, RefusesRangesThatNoDataHasMoved) {
  for (const quantize::Scheme& scheme : {quantize::nudge_scheme(), quantize::tfmot_scheme()}) {
    const ModelPtr model = classifier();
    model->initialize(7);
    const ModelPtr quantized = quantize::quantize_model(*model, scheme);
    EXPECT_THAT(conversion_refusal(*quantized),
                AllOf(HasSubstr("activation ranges are where they started, that of "),
                      HasSubstr("calibrate with nudge quantize --calibrate DATA")));
  }
}

// Weights that grew after their ranges were taken are not cut, and the model stays as it was.
TEST(Conversion, TakesWeightRangesAnew) {
  const auto made = trained_like(classifier(), 8);
  Layer& conv = made.quantized->layer("quant_conv");
  for (float& weight : conv.weight("kernel").value.span<float>()) weight *= 3.0f;
  const float before = conv.weight("kernel_max").value.data<float>()[0];
  const Conversion grown = convert(*made.quantized, {.portable_scales = false});
  EXPECT_EQ(conv.weight("kernel_max").value.data<float>()[0], before);
  for (const tflite::TfLiteTensor& tensor : grown.file.main().tensors) {
    if (tensor.name != "conv/kernel") continue;
    EXPECT_FLOAT_EQ(tensor.quantization->scale[0] * 127.0f, 3.0f * before);
  }
}

}  // namespace
}  // namespace nudge::convert
