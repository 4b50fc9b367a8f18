#include "nudge/train/callbacks/monitor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(Monitor, AutoGoesByTheName) {
  for (const char* name : {"loss", "val_loss", "out_loss", "val_mean_squared_error", "ranges_distance"}) {
    EXPECT_TRUE(Monitor("test", name, "auto", 0).improves(1, 2)) << name;
    EXPECT_FALSE(Monitor("test", name, "max", 0).improves(1, 2)) << name;
  }
  for (const char* name : {"accuracy", "val_f1_score", "ranges_converged"}) {
    EXPECT_TRUE(Monitor("test", name, "auto", 0).improves(2, 1)) << name;
    EXPECT_FALSE(Monitor("test", name, "min", 0).improves(2, 1)) << name;
  }
}

TEST(Monitor, WaitsForTheIntegersOfQuantizationAwareTraining) {
  const Monitor monitor("test", "val_accuracy", "auto", 0);
  EXPECT_EQ(monitor.value({{"val_simulated_loss", 1}, {"val_simulated_accuracy", 0.5}}), std::nullopt);
  EXPECT_EQ(monitor.value({{"val_simulated_loss", 1}, {"val_accuracy", 0.25}}), 0.25);
}

TEST(Monitor, SaysWhatIsNotReportedAndWhichModesThereAre) {
  EXPECT_THAT(
      [] {
        return Monitor("the test", "val_beauty", "auto", 0).value({{"loss", 1}});
      },
      ThrowsMessage<ValueError>(HasSubstr("the test monitors 'val_beauty', which")));
  EXPECT_THAT([] { Monitor("the test", "loss", "least", 0); },
              ThrowsMessage<ValueError>(HasSubstr("mode is auto, min or max, not 'least'")));
}

}  // namespace
}  // namespace nudge::train
