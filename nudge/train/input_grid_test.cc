#include "nudge/train/input_grid.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nudge/convert/convert.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/quantize/quantized_layer.h"
#include "nudge/train/calibrate.h"

namespace nudge::train {
namespace {

using data::Preprocess;
using testing::HasSubstr;

ModelPtr quantized_model() {
  const Tensor image = input({8, 8, 3});
  const Tensor x = layers::conv2d(image, {.filters = 4, .kernel_size = 3});
  const ModelPtr model = make_model(image, layers::dense(layers::flatten(x, {}), {.units = 3}), "small");
  model->initialize(1);
  return quantize::quantize_model(*model);
}

// Every activation's range but a fixed one is [min, max].
tflite::TfLiteModel file_of(const ModelPtr& model, DataType type, float min = -3.0f, float max = 3.0f) {
  model->initialize(1);
  for (const LayerPtr& layer : model->layers()) {
    if (auto* quantized = dynamic_cast<quantize::QuantizedLayer*>(layer.get())) {
      for (quantize::QuantizerSlot& slot : quantized->slots()) slot.progress.updates = 1;
    }
    for (Weight* weight : layer->weights()) {
      const bool kernel = weight->name.starts_with("kernel");
      const float low = kernel ? -3.0f : min, high = kernel ? 3.0f : max;
      if (weight->name.ends_with("_min")) weight->value = Array::full<float>(weight->shape, low);
      if (weight->name.ends_with("_max")) weight->value = Array::full<float>(weight->shape, high);
    }
  }
  return convert::convert(*model, {.input_type = type}).file;
}

std::vector<float> all_pixels(const Preprocess& preprocess) {
  std::vector<float> values;
  for (int x = 0; x < 256; ++x) values.insert(values.end(), 3, static_cast<float>(x));
  preprocess.apply(values, 3);
  return values;
}

// Coral's and Teachable Machine's: scale 1/127.5, zero point 127 or 128.
TEST(PixelGrid, IsThatOfTheBytes) {
  struct Case {
    Preprocess preprocess;
    float scale;
    std::vector<int64_t> zero_points;
  };
  for (const Case& wanted :
       {Case{Preprocess::kTf, 1.0f / 127.5f, {127, 128}}, Case{Preprocess::kRescale, 1.0f / 255.0f, {0}},
        Case{Preprocess::kNone, 1.0f, {0}},
        Case{Preprocess::linear(1.0f / 128.0f, -127.0f / 128.0f), 1.0f / 128.0f, {127}}}) {
    SCOPED_TRACE(to_string(wanted.preprocess));
    const ModelPtr model = on_pixel_grid(quantized_model(), wanted.preprocess);
    const auto grid = input_grid(*model);
    ASSERT_TRUE(grid);
    EXPECT_NEAR(grid->scale / wanted.scale, 1.0f, 1e-6f);
    EXPECT_THAT(wanted.zero_points, testing::Contains(grid->zero_point));
    EXPECT_TRUE(takes_bytes(*grid, wanted.preprocess));
    for (const DataType type : {DataType::kFloat32, DataType::kInt8, DataType::kUInt8}) {
      const auto of_file = input_grid(file_of(model, type));
      ASSERT_TRUE(of_file);
      EXPECT_EQ(of_file->scale, grid->scale);
      EXPECT_EQ(of_file->zero_point, grid->zero_point);
    }
    // What byte x stands for is code x, far from every tie between codes, and half a step from the pixel.
    const std::vector<float> stood_for = all_pixels(on_grid(wanted.preprocess, grid));
    const std::vector<float> scaled = all_pixels(wanted.preprocess);
    for (int x = 0; x < 256; ++x) {
      const size_t i = static_cast<size_t>(x) * 3;
      const float code = stood_for[i] / grid->scale + static_cast<float>(grid->zero_point);
      EXPECT_NEAR(code, static_cast<float>(x), 1e-3f);
      EXPECT_LE(std::abs(stood_for[i] - scaled[i]), 0.501f * grid->scale);
    }
  }
}

TEST(PixelGrid, IsNoneWhereChannelsDifferOrZeroIsOutside) {
  for (const Preprocess& preprocess : {Preprocess::kTorch, Preprocess::kCaffe, Preprocess::linear(1.0f, 3.0f),
                                       Preprocess::linear(-1.0f, 255.0f)}) {
    const ModelPtr model = quantized_model();
    EXPECT_EQ(on_pixel_grid(model, preprocess), model) << to_string(preprocess);
    EXPECT_FALSE(takes_bytes(input_grid(*model).value(), preprocess)) << to_string(preprocess);
    EXPECT_EQ(on_grid(preprocess, InputGrid{1.0f / 127.5f, 128}), preprocess) << to_string(preprocess);
  }
  EXPECT_EQ(on_grid(Preprocess::kTf, std::nullopt), Preprocess::kTf);
  EXPECT_EQ(on_grid(Preprocess::kTf, InputGrid{1.0f / 127.5f, 120}), Preprocess::kTf);
  EXPECT_EQ(on_grid(Preprocess::kTf, InputGrid{1.0f / 100.0f, 128}), Preprocess::kTf);
}

// TFMOT's scheme learns the input's range, and where that happens on the pixels' own its file takes bytes:
// model and file must not part there.
TEST(PixelGrid, OfARangeThatFollowsDataIsThatOfItsFile) {
  for (const auto& [min, max] : {std::pair{-1.0f, 1.0f}, std::pair{-0.98f, 1.0f}, std::pair{0.0f, 1.0f}}) {
    const ModelPtr model = quantized_model();
    const tflite::TfLiteModel file = file_of(model, DataType::kUInt8, min, max);
    const auto grid = input_grid(*model), of_file = input_grid(file);
    ASSERT_TRUE(grid && of_file);
    EXPECT_EQ(grid->scale, of_file->scale);
    EXPECT_EQ(grid->zero_point, of_file->zero_point);
    EXPECT_EQ(takes_bytes(*grid, Preprocess::kTf), min == -1.0f) << min;
    for (const Preprocess& preprocess : {Preprocess::kTf, Preprocess::kRescale}) {
      EXPECT_EQ(on_grid(preprocess, grid), on_grid(preprocess, of_file)) << min;
    }
  }
}

TEST(PixelGrid, IsNotKnownOfAModelWithoutWeights) {
  const Tensor image = input({8, 8, 3});
  const ModelPtr model = make_model(image, layers::flatten(image), "empty");
  EXPECT_FALSE(input_grid(*model)) << "a float model has none";
  const ModelPtr quantized = quantize::quantize_model(*model);
  EXPECT_TRUE(input_grid(*quantized));
  for (const LayerPtr& layer : quantized->layers()) {
    for (Weight* weight : layer->weights()) weight->value = Array();
  }
  EXPECT_FALSE(input_grid(*quantized));
}

TEST(Feeding, SaysHowPixelsGoIn) {
  const ModelPtr model = on_pixel_grid(quantized_model(), Preprocess::kTf);
  EXPECT_EQ(feeding(file_of(model, DataType::kUInt8), Preprocess::kTf),
            "input: uint8, a picture's bytes 0..255 as they are");
  EXPECT_EQ(feeding(file_of(model, DataType::kInt8), Preprocess::kTf),
            "input: int8, a picture's bytes 0..255 less 128");
  EXPECT_EQ(feeding(file_of(model, DataType::kFloat32), Preprocess::kTf),
            "input: float32, x / 127.5 - 1 of each pixel x in 0..255");
  EXPECT_THAT(feeding(file_of(model, DataType::kUInt8), Preprocess::kRescale),
              HasSubstr("input: uint8, round((x / 255) / 0.00784"));
  EXPECT_THAT(feeding(file_of(model, DataType::kUInt8), std::nullopt), HasSubstr("nothing says"));
}

}  // namespace
}  // namespace nudge::train
