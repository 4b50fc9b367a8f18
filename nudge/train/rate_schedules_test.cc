// Schedules against Keras 3 (testdata/make_schedules.py); what Keras has not, by what it should do.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/train/learning_rate.h"

namespace nudge::train {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

RateSchedule schedule_of(const std::string& name, const Json& options) {
  if (name == "cosine_restarts") {
    return cosine_restarts_rate({.first = options.at("first"),
                                 .t_mul = options.at("t_mul"),
                                 .m_mul = options.at("m_mul"),
                                 .end = options.at("end")});
  }
  if (name == "exponential")
    return exponential_rate({.every = options.at("every"), .factor = options.at("factor")});
  if (name == "step") return step_rate({.every = options.at("every"), .factor = options.at("factor")});
  if (name == "polynomial") {
    return polynomial_rate({.end = options.at("end"),
                            .power = options.at("power"),
                            .over = options.at("over"),
                            .cycle = options.at("cycle").get<bool>()});
  }
  if (name == "cosine") return cosine_rate({.end = options.at("end")});
  return piecewise_rate({.at = options.at("at").get<std::vector<double>>(),
                         .factors = options.at("factors").get<std::vector<double>>()});
}

TEST(RateSchedules, AreKeras) {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/train/testdata/schedules.json";
  const Json cases = parse_json(read_text_file(path), path);
  EXPECT_GE(cases.size(), 48U);
  for (const Json& fixture : cases) {
    SCOPED_TRACE(fixture.at("schedule").dump() + fixture.at("options").dump() + ", seed " +
                 fixture.at("seed").dump());
    const RateSchedule schedule =
        schedule_of(fixture.at("schedule").get<std::string>(), fixture.at("options"));
    const auto epochs = fixture.at("epochs").get<double>();
    for (const Json& point : fixture.at("points")) {
      EXPECT_NEAR(schedule(point[0].get<double>(), epochs), point[1].get<double>(), 2e-6)
          << "after " << point[0].dump() << " epochs";
    }
  }
}

TEST(RateSchedules, OneCycleClimbsToItsPeakAndFalls) {
  const RateSchedule schedule = one_cycle_rate({.rise = 0.25, .start = 0.1, .end = 0.01});
  EXPECT_NEAR(schedule(0, 8), 0.1, 1e-12);
  EXPECT_NEAR(schedule(1, 8), 0.55, 1e-12) << "half way up";
  EXPECT_NEAR(schedule(2, 8), 1.0, 1e-12);
  EXPECT_NEAR(schedule(5, 8), 0.505, 1e-12) << "half way down";
  EXPECT_NEAR(schedule(8, 8), 0.01, 1e-12);
  for (int tenth = 0; tenth < 80; ++tenth) {
    const bool rises = schedule((tenth + 1) / 10.0, 8) > schedule(tenth / 10.0, 8);
    EXPECT_EQ(rises, tenth < 20) << tenth;
  }
}

TEST(RateSchedules, OptionsOutOfRangeAreNamed) {
  const auto expect = [](const std::function<void()>& make, const char* what) {
    EXPECT_THAT(make, ThrowsMessage<ValueError>(HasSubstr(what)));
  };
  expect([] { cosine_restarts_rate({.first = 0}); }, "first is 0, it must be above 0");
  expect([] { cosine_restarts_rate({.t_mul = 0.5}); }, "t_mul is 0.5");
  expect([] { cosine_restarts_rate({.m_mul = 0}); }, "m_mul is 0");
  expect([] { cosine_restarts_rate({.end = 2}); }, "end is 2, it must be within 0 and 1");
  expect([] { exponential_rate({.every = 0}); }, "every is 0");
  expect([] { exponential_rate({.factor = 0}); }, "factor is 0");
  expect([] { polynomial_rate({.power = 0}); }, "power is 0");
  expect([] { polynomial_rate({.over = -1}); }, "over is -1");
  expect([] { piecewise_rate({.at = {3}, .factors = {1}}); }, "1 epochs part the training in 2, 1 factors");
  expect([] { piecewise_rate({.at = {3, 2}, .factors = {1, 1, 1}}); }, "must ascend");
  expect([] { piecewise_rate({.at = {3}, .factors = {1, 0}}); }, "factor is 0");
  expect([] { one_cycle_rate({.rise = 1}); }, "rise is 1");
  expect([] { one_cycle_rate({.start = -1}); }, "start is -1");
}

}  // namespace
}  // namespace nudge::train
