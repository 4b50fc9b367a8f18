#include "nudge/convert/runtime_differences.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/convert/test_models.h"
#include "nudge/layers/layers.h"

namespace nudge::convert {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;

// image -> conv -> conv -> sum of both
ModelPtr residual() {
  const Tensor x = input({8, 8, 3}, "image");
  const Tensor a = layers::conv2d(
      x, {.filters = 16, .kernel_size = 3, .padding = layers::Padding::kSame, .name = "first"});
  const Tensor b = layers::conv2d(
      a, {.filters = 16, .kernel_size = 3, .padding = layers::Padding::kSame, .name = "second"});
  return make_model(x, layers::add({a, b}, {.name = "sum"}));
}

tflite::TfLiteTensor& tensor(tflite::TfLiteModel& file, const std::string& name) {
  for (tflite::TfLiteTensor& each : file.main().tensors) {
    if (each.name == name) return each;
  }
  throw std::runtime_error("no tensor " + name);
}

TEST(RuntimeDifferences, AreNoneWithPortableScales) {
  const auto made = trained_like(residual(), 1);
  EXPECT_THAT(runtime_differences(convert(*made.quantized).file), IsEmpty());
}

TEST(RuntimeDifferences, AreFoundInTheScalesOfTraining) {
  const auto made = trained_like(residual(), 1);
  EXPECT_THAT(runtime_differences(convert(*made.quantized, {.portable_scales = false}).file),
              Contains(HasSubstr("first: runtimes may differ by a step in ")));
}

TEST(RuntimeDifferences, NameTheChannel) {
  const auto made = trained_like(residual(), 2);
  tflite::TfLiteModel file = convert(*made.quantized).file;
  std::vector<float>& scales = tensor(file, "second/kernel").quantization->scale;
  ASSERT_THAT(scales, SizeIs(16));
  // Half a sum away from where all arithmetics agree.
  scales[5] *= 1.0007f;
  EXPECT_THAT(runtime_differences(file),
              ElementsAre("second: runtimes may differ by a step in 1 of 16 channels, in channel 5 first"));
}

// Every pair of codes ties where the operands' steps are half of the sum's.
TEST(RuntimeDifferences, NameASumWhosePairsDiffer) {
  const auto made = trained_like(residual(), 3);
  tflite::TfLiteModel file = convert(*made.quantized).file;
  const float scale = tensor(file, "sum").quantization->scale[0];
  int named = 0;
  for (int i = 1; i < 200; ++i) {
    tensor(file, "sum").quantization->scale[0] = scale * (1 + 1e-5f * static_cast<float>(i));
    const auto lines = runtime_differences(file);
    if (lines.empty()) continue;
    EXPECT_THAT(lines, ElementsAre("sum: LiteRT's default kernels may round ADD a step otherwise"));
    ++named;
  }
  EXPECT_GT(named, 0);
}

// Products, requantizations and slopes: by the scales of their results.
TEST(RuntimeDifferences, AreNoneOfPairsAndFunctions) {
  const Tensor x = input({4, 4, 3}, "image"), y = input({4, 4, 3}, "other");
  const Tensor wide =
      layers::concatenate({layers::activation(x, {.activation = layers::ActivationFunction::kSigmoid}), y});
  const ModelPtr model = make_model({x, y}, {layers::multiply({x, y}), layers::subtract({x, y}), wide,
                                             layers::maximum({x, y}), layers::leaky_relu(x)});
  const auto made = trained_like(model, 4);
  EXPECT_THAT(runtime_differences(convert(*made.quantized).file), IsEmpty());
  EXPECT_THAT(runtime_differences(convert(*made.quantized, {.portable_scales = false}).file),
              Contains(HasSubstr("may round MUL a step otherwise")));
}

// Their sums come out on one grid, which is that of the whole.
TEST(RuntimeDifferences, AreNoneOfSumsThatAreJoined) {
  const Tensor x = input({8, 8, 3}, "image");
  const auto conv = [&x] { return layers::conv2d(x, {.filters = 4}); };
  std::vector<Tensor> sums;
  for (int i = 0; i < 4; ++i) sums.push_back(layers::add({conv(), conv()}));
  const auto made = trained_like(make_model(x, layers::concatenate(sums)), 5);
  EXPECT_THAT(runtime_differences(convert(*made.quantized).file), IsEmpty());
}

TEST(RuntimeDifferences, NameOperatorsThatAlwaysDiffer) {
  const Tensor x = input({4, 4, 3}, "image");
  const auto made = trained_like(
      make_model(x, layers::up_sampling2d(
                        x, {.size = 2, .interpolation = layers::Interpolation::kBilinear, .name = "larger"})),
      4);
  EXPECT_THAT(runtime_differences(convert(*made.quantized).file),
              ElementsAre("larger: LiteRT's default kernels may round RESIZE_BILINEAR a step otherwise"));
}

}  // namespace
}  // namespace nudge::convert
