#include "nudge/data/channels.h"

#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

TEST(Channels, GreyIsItsLumaAndStaysGrey) {
  const Array colours = Array::of<uint8_t>({1, 4, 3}, {255, 0, 0, 0, 255, 0, 0, 0, 255, 77, 77, 77});
  EXPECT_TRUE(identical(with_channels(colours, 1), Array::of<uint8_t>({1, 4, 1}, {76, 150, 29, 77})));
  const Array grey = Array::of<uint8_t>({1, 2, 1}, {5, 9});
  EXPECT_TRUE(identical(with_channels(grey, 3), Array::of<uint8_t>({1, 2, 3}, {5, 5, 5, 9, 9, 9})));
  EXPECT_TRUE(identical(with_channels(grey, 1), grey));
  for (int level = 0; level < 256; ++level) {
    const Array one = Array::full<uint8_t>({1, 1, 1}, static_cast<uint8_t>(level));
    EXPECT_TRUE(identical(with_channels(with_channels(one, 3), 1), one)) << level;
  }
}

TEST(Channels, FloatsStayFloats) {
  const Array colours = Array::of<float>({1, 1, 3}, {1.0f, 0.5f, -1.0f});
  EXPECT_NEAR(with_channels(colours, 1).data<float>()[0], 0.299 + 0.2935 - 0.114, 1e-6);
  EXPECT_TRUE(identical(with_channels(Array::of<float>({1, 1, 1}, {0.25f}), 3),
                        Array::of<float>({1, 1, 3}, {0.25f, 0.25f, 0.25f})));
}

TEST(Channels, OtherNumbersAreRefused) {
  EXPECT_THROW(with_channels(Array::full<uint8_t>({1, 1, 3}, 0), 4), ValueError);
  EXPECT_THROW(with_channels(Array::full<uint8_t>({1, 1, 2}, 0), 1), ValueError);
  EXPECT_NO_THROW(check_channels(7, 7, "pictures"));
}

}  // namespace
}  // namespace nudge::data
