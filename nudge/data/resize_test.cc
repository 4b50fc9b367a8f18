#include "nudge/data/resize.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "nudge/base/error.h"
#include "nudge/base/random.h"

namespace nudge::data {
namespace {

// The definition: a sum over all inputs of the product of two hat functions around the sampled point, which
// is clamped to the outermost centres.
double by_definition(const Array& image, ImageSize size, int64_t y, int64_t x, int64_t c) {
  const int64_t height = image.shape()[0];
  const int64_t width = image.shape()[1];
  const auto position = [](int64_t i, int64_t in, int64_t out) {
    const double at =
        (static_cast<double>(i) + 0.5) * static_cast<double>(in) / static_cast<double>(out) - 0.5;
    return std::min(std::max(at, 0.0), static_cast<double>(in - 1));
  };
  const double at_y = position(y, height, size.height);
  const double at_x = position(x, width, size.width);
  double sum = 0.0;
  for (int64_t i = 0; i < height; ++i) {
    for (int64_t j = 0; j < width; ++j) {
      const double weight = std::max(0.0, 1.0 - std::abs(at_y - static_cast<double>(i))) *
                            std::max(0.0, 1.0 - std::abs(at_x - static_cast<double>(j)));
      sum += weight * image.data<float>()[(i * width + j) * image.shape()[2] + c];
    }
  }
  return sum;
}

TEST(Resize, FollowsTheDefinition) {
  Random random(11);
  for (const auto& [from, to] : {std::pair<ImageSize, ImageSize>{{7, 5}, {3, 9}},
                                 {{4, 4}, {4, 4}},
                                 {{1, 6}, {5, 2}},
                                 {{9, 13}, {20, 1}},
                                 {{10, 8}, {5, 4}}}) {
    SCOPED_TRACE(to_string(from) + " to " + to_string(to));
    Array image({from.height, from.width, 3});
    for (float& value : image.span<float>()) value = static_cast<float>(random.uniform(0.0, 255.0));
    const Array resized = resize_bilinear(image, to);
    ASSERT_EQ(resized.shape(), (Shape{to.height, to.width, 3}));
    const float* value = resized.data<float>();
    for (int64_t y = 0; y < to.height; ++y) {
      for (int64_t x = 0; x < to.width; ++x) {
        for (int64_t c = 0; c < 3; ++c) EXPECT_NEAR(*value++, by_definition(image, to, y, x, c), 2e-4);
      }
    }
  }
}

TEST(Resize, GivesTensorFlowsValues) {
  // tf.image.resize([[[0],[10],[20],[30]]], [1, 2]) and [1, 8].
  const Array row = Array::of<uint8_t>({1, 4, 1}, {0, 10, 20, 30});
  EXPECT_THAT(resize_bilinear(row, {1, 2}).span<float>(), testing::ElementsAre(5.0f, 25.0f));
  EXPECT_THAT(resize_bilinear(row, {1, 8}).span<float>(),
              testing::ElementsAre(0.0f, 2.5f, 7.5f, 12.5f, 17.5f, 22.5f, 27.5f, 30.0f));
}

TEST(Resize, StoredBytesAreRoundedToNearest) {
  const Array row = Array::of<uint8_t>({1, 4, 1}, {0, 10, 20, 31});
  EXPECT_THAT(resize_stored(row, {1, 2}).span<uint8_t>(), testing::ElementsAre(5, 26));
  EXPECT_TRUE(identical(resize_stored(row, {1, 4}), row));
}

TEST(Resize, RefusesImpossibleSizesAndArrays) {
  const Array image = Array::full<uint8_t>({2, 2, 3}, 1);
  EXPECT_THROW(resize_bilinear(image, {0, 4}), ValueError);
  EXPECT_THROW(resize_bilinear(image, {4, -1}), ValueError);
  EXPECT_THROW(resize_bilinear(image, {4, 1'000'000'000}), ValueError);
  EXPECT_THROW(resize_bilinear(Array({2, 2}), {2, 2}), ValueError);
  EXPECT_THROW(resize_bilinear(Array({2, 2, 3}, DataType::kInt32), {2, 2}), ValueError);
}

}  // namespace
}  // namespace nudge::data
