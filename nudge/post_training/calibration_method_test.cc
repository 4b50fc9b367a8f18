#include "nudge/post_training/calibration_method.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::post_training {
namespace {

TEST(Calibration, HasANameForEachMethod) {
  for (const char* name : {"average", "minmax", "percentile", "percentile:99.5", "mse", "entropy"}) {
    EXPECT_EQ(to_string(calibration_from_string(name)), name);
  }
  EXPECT_EQ(calibration_from_string("percentile").percentile, 99.99);
  EXPECT_EQ(calibration_from_string("percentile:99.5").percentile, 99.5);
}

TEST(Calibration, RefusesOtherNames) {
  for (const char* name : {"", "max", "mse:3", "percentiles", "average:"}) {
    EXPECT_THAT([&] { calibration_from_string(name); },
                testing::ThrowsMessage<ValueError>(testing::HasSubstr("it is average, minmax")))
        << name;
  }
  for (const char* name :
       {"percentile:", "percentile:50", "percentile:100.1", "percentile:99x", "percentile:nan"}) {
    EXPECT_THAT([&] { calibration_from_string(name); },
                testing::ThrowsMessage<ValueError>(testing::HasSubstr("a number above 50, at most 100")))
        << name;
  }
}

TEST(Calibration, AnAverageHasNoHistogram) { EXPECT_THROW(limits_of(ValueHistogram(), {}, 8), ValueError); }

}  // namespace
}  // namespace nudge::post_training
