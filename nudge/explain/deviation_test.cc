#include "nudge/explain/deviation.h"

#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::explain {
namespace {

tflite::TfLiteTensor tensor(tflite::TensorType type, float scale, int64_t zero_point) {
  return {.name = "y", .shape = {1, 4}, .type = type, .quantization = tflite::per_tensor(scale, zero_point)};
}

// Steps of 1/2 from -64 to 63.5.
TEST(Deviation, OfCodes) {
  Deviation deviation(tensor(tflite::TensorType::kInt8, 0.5f, 0));
  const auto real = Array::of(Shape{1, 4}, std::vector<float>{1, 2, 2.25f, 70});
  const auto simulated = Array::of(Shape{1, 4}, std::vector<float>{1, 2, 2, 63.5f});
  deviation.add(real, simulated, Array::of(Shape{1, 4}, std::vector<int8_t>{2, 4, 6, 127}));
  const LayerError error = deviation.error();
  const double signal = 1 + 4 + 2.25 * 2.25 + 70 * 70;
  EXPECT_NEAR(error.file_sqnr, 10 * std::log10(signal / (0.75 * 0.75 + 6.5 * 6.5)), 1e-9);
  EXPECT_NEAR(error.simulated_sqnr, 10 * std::log10(signal / (0.25 * 0.25 + 6.5 * 6.5)), 1e-9);
  EXPECT_EQ(error.largest_error, 13);
  EXPECT_EQ(error.parted, 2) << "3 and 2, half a unit a step";
  EXPECT_EQ(error.saturated, 0.25);
  EXPECT_EQ(error.codes, 4);
}

TEST(Deviation, OfUnsignedCodesCountsFromZero) {
  Deviation deviation(tensor(tflite::TensorType::kUInt8, 1.0f, 128));
  const auto real = Array::of(Shape{1, 4}, std::vector<float>{-128, 0, 127, 200});
  deviation.add(real, real, Array::of(Shape{1, 4}, std::vector<uint8_t>{0, 128, 255, 255}));
  EXPECT_EQ(deviation.error().largest_error, 73);
  EXPECT_EQ(deviation.error().codes, 3);
  EXPECT_EQ(deviation.error().saturated, 0.25);
}

// A softmax's grid ends a step below 1.
TEST(Deviation, AStepBeyondTheGridIsNoSaturation) {
  Deviation deviation(tensor(tflite::TensorType::kInt8, 1.0f / 256, -128));
  const auto real = Array::of(Shape{1, 4}, std::vector<float>{0, 0, 0, 1});
  deviation.add(real, real, Array::of(Shape{1, 4}, std::vector<int8_t>{-128, -128, -128, 127}));
  EXPECT_EQ(deviation.error().largest_error, 1);
  EXPECT_EQ(deviation.error().saturated, 0);
}

TEST(Deviation, OfFloatsIsInTheirOwnUnit) {
  Deviation deviation({.name = "y", .shape = {1, 2}, .type = tflite::TensorType::kFloat32});
  const auto real = Array::of(Shape{1, 2}, std::vector<float>{3, -4});
  deviation.add(real, real, real);
  EXPECT_EQ(deviation.relative_error(), 0);
  EXPECT_TRUE(std::isinf(deviation.error().file_sqnr));
  deviation.add(real, real, Array::of(Shape{1, 2}, std::vector<float>{3, -3.5f}));
  EXPECT_EQ(deviation.error().largest_error, 0.5);
  EXPECT_EQ(deviation.error().codes, 0);
  EXPECT_DOUBLE_EQ(deviation.relative_error(), 0.25 / 50);
}

TEST(Deviation, RefusesOutputsOfOtherSizes) {
  Deviation deviation(tensor(tflite::TensorType::kInt8, 1, 0));
  const Array four({1, 4}), three({1, 3});
  EXPECT_THROW(deviation.add(four, four, Array({1, 3}, DataType::kInt8)), ShapeError);
  EXPECT_THROW(deviation.add(four, three, Array({1, 4}, DataType::kInt8)), ShapeError);
}

}  // namespace
}  // namespace nudge::explain
