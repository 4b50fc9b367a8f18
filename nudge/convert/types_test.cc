// What a file takes and gives: float32, int8 or uint8.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/convert/test_models.h"
#include "nudge/layers/layers.h"
#include "nudge/quantize/quantize.h"
#include "nudge/tflite/evaluator.h"

namespace nudge::convert {
namespace {

constexpr std::array kTypes{DataType::kFloat32, DataType::kInt8, DataType::kUInt8};

// Two inputs and two outputs.
ModelPtr two_ends() {
  const Tensor x = input({6, 6, 3}, "image"), y = input({4}, "numbers");
  const Tensor a =
      layers::flatten(layers::conv2d(x, {.filters = 2, .kernel_size = 3, .name = "conv"}), {.name = "flat"});
  const Tensor b = layers::dense(y, {.units = 5, .name = "dense"});
  const Tensor joined = layers::concatenate({a, b}, {.name = "joined"});
  return make_model(
      {x, y}, {layers::softmax(layers::dense(joined, {.units = 3, .name = "top"}), {.name = "classes"}), b});
}

tflite::Quantization grid_of(const tflite::TfLiteModel& file, int32_t index) {
  return *file.main().tensors.at(static_cast<size_t>(index)).quantization;
}

// The codes of `values` on a grid of a file's input.
Array codes_of(const Array& values, const tflite::Quantization& grid, DataType type) {
  Array codes(values.shape(), type);
  const int64_t low = type == DataType::kInt8 ? -128 : 0;
  for (int64_t i = 0; i < values.size(); ++i) {
    const auto code =
        static_cast<int64_t>(std::round(values.data<float>()[i] / grid.scale[0])) + grid.zero_point[0];
    codes.bytes()[i] = static_cast<std::byte>(std::clamp(code, low, low + 255));
  }
  return codes;
}

Array values_of(const Array& codes, const tflite::Quantization& grid) {
  Array values(codes.shape());
  for (int64_t i = 0; i < codes.size(); ++i) {
    const int64_t code = codes.type() == DataType::kInt8 ? int64_t{codes.data<int8_t>()[i]}
                                                         : int64_t{codes.data<uint8_t>()[i]};
    values.data<float>()[i] = grid.scale[0] * static_cast<float>(code - grid.zero_point[0]);
  }
  return values;
}

TEST(Types, EveryCombinationGivesTheSameValues) {
  const auto made = trained_like(two_ends(), 1);
  const auto inputs = random_inputs(*made.float_model, 10, 2);
  const std::vector<Array> expected = tflite::Evaluator(convert(*made.quantized).file).run(inputs);
  for (const DataType in : kTypes) {
    for (const DataType out : kTypes) {
      SCOPED_TRACE(to_string(in) + " to " + to_string(out));
      const tflite::TfLiteModel file = convert(*made.quantized, {.input_type = in, .output_type = out}).file;
      std::vector<Array> given = inputs;
      for (size_t i = 0; i < given.size() && in != DataType::kFloat32; ++i) {
        given[i] = codes_of(inputs[i], grid_of(file, file.main().inputs[i]), in);
      }
      std::vector<Array> results = tflite::Evaluator(file).run(given);
      for (size_t i = 0; i < results.size(); ++i) {
        EXPECT_EQ(results[i].type(), out);
        if (out != DataType::kFloat32)
          results[i] = values_of(results[i], grid_of(file, file.main().outputs[i]));
        EXPECT_TRUE(identical(results[i], expected[i])) << "output " << i;
      }
      expect_agrees_with_litert(*made.quantized, 10, 3, {.input_type = in, .output_type = out});
    }
  }
}

// The message of the ValueError that converting ends in.
std::string refusal(const Model& model, const ConvertOptions& options) {
  try {
    convert(model, options).file;
  } catch (const ValueError& error) {
    return error.what();
  }
  return "none";
}

TEST(Types, AFloatModelCannotTakeOrGiveCodes) {
  const ModelPtr model = two_ends();
  randomize(*model, 4);
  EXPECT_EQ(refusal(*model, {.input_type = DataType::kInt8}),
            "input 'image' is not quantized, so the file cannot take int8; use float32");
  EXPECT_EQ(refusal(*model, {.output_type = DataType::kUInt8}),
            "output 'classes' is not quantized, so the file cannot give uint8; use float32");
}

TEST(Types, EndsThatStayFloatInAPartlyQuantizedModelAreNamed) {
  const auto made = trained_like(two_ends(), 5, "conv|flat|joined|top");
  EXPECT_EQ(refusal(*made.quantized, {.input_type = DataType::kUInt8}),
            "input 'numbers' is not quantized, so the file cannot take uint8; use float32");
  EXPECT_EQ(refusal(*made.quantized, {.output_type = DataType::kInt8}),
            "output 'classes' is not quantized, so the file cannot give int8; use float32");
}

TEST(Types, OnlyThreeArePossible) {
  const auto made = trained_like(two_ends(), 6);
  EXPECT_EQ(refusal(*made.quantized, {.input_type = DataType::kInt16}),
            "input type int16 is not possible; float32, int8 or uint8");
  EXPECT_EQ(refusal(*made.quantized, {.output_type = DataType::kInt32}),
            "output type int32 is not possible; float32, int8 or uint8");
}

TEST(Types, AnInputThatIsReadInFloatTooIsDequantized) {
  const Tensor x = input({6, 6, 3}, "image");
  const Tensor a = layers::conv2d(x, {.filters = 3, .name = "quantized"});
  const Tensor b = layers::conv2d(x, {.filters = 3, .name = "float"});
  const auto made = trained_like(make_model({x}, {a, b}), 7, "quantized");
  expect_agrees_with_litert(*made.quantized, 10, 8, {.input_type = DataType::kInt8});
  expect_agrees_with_litert(*made.quantized, 10, 9);
}

}  // namespace
}  // namespace nudge::convert
