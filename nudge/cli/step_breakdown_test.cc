#include "nudge/cli/step_breakdown.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

namespace nudge::cli {
namespace {

using ::testing::HasSubstr;

constexpr kernels::MachinePeaks kPeaks{.f32_gflops = 1, .int8_gops = 4, .memory_gbs = 1};

// Bound by arithmetic: 3e9 operations and 1e9 bytes for an image.
plan::StepDescription block(const std::string& name) {
  return {.name = name,
          .kind = "block",
          .forward_seconds = 6,
          .backward_seconds = 14,
          .flops = 3'000'000'000,
          .bytes = 1'000'000'000};
}

TEST(StepBreakdown, TimesAreAStepsAndTheRestIsTheBatchs) {
  const auto costs = step_costs({block("a")}, 2, 4, false, false, kPeaks);
  EXPECT_DOUBLE_EQ(costs[0].forward_seconds, 1.5);
  EXPECT_DOUBLE_EQ(costs[0].backward_seconds, 3.5);
  EXPECT_DOUBLE_EQ(costs[0].flops, 6e9);
  EXPECT_DOUBLE_EQ(costs[0].bytes, 2e9);
  EXPECT_DOUBLE_EQ(costs[0].floor_seconds, 6.0);
  EXPECT_DOUBLE_EQ(costs[0].of_floor(), 6.0 / 5.0);
}

TEST(StepBreakdown, AQuantizedForwardIsHeldToTheIntegersPeak) {
  const auto costs = step_costs({block("a"), block("b")}, 1, 1, true, false, kPeaks);
  EXPECT_DOUBLE_EQ(costs[0].floor_seconds, 1.5 / 4 + 1.5);  // no gradient of the images
  EXPECT_DOUBLE_EQ(costs[1].floor_seconds, 1.0 / 4 + 2.0);
  kernels::MachinePeaks without = kPeaks;
  without.int8_gops = 0;
  EXPECT_DOUBLE_EQ(step_costs({block("a")}, 1, 1, true, false, without)[0].floor_seconds, 3.0);
}

TEST(StepBreakdown, InTilesBackwardIsHeldToThePeakOfTwoBfloat16Numbers) {
  kernels::MachinePeaks peaks = kPeaks;
  peaks.two_bf16_gflops = 2;
  const auto costs = step_costs({block("a"), block("b")}, 1, 1, true, false, peaks);
  EXPECT_DOUBLE_EQ(costs[1].floor_seconds, 1.0 / 4 + 2.0 / 2);
  EXPECT_DOUBLE_EQ(step_costs({block("a")}, 1, 1, false, false, peaks)[0].floor_seconds, 3.0);
  EXPECT_THAT(breakdown_table(costs, 25, peaks), HasSubstr("1 GFLOP/s f32, 2 in two bf16, 4 GOP/s int8"));
}

TEST(StepBreakdown, MemoryMayBeTheFloor) {
  plan::StepDescription step = block("a");
  step.kind = "grid";
  step.bytes = 5'000'000'000;
  EXPECT_DOUBLE_EQ(step_costs({step}, 1, 1, true, false, kPeaks)[0].floor_seconds, 5.0);
}

TEST(StepBreakdown, AStepThatTookNoTimeHasNoShare) {
  EXPECT_EQ(step_costs({{.name = "view", .kind = "grid"}}, 1, 1, false, false, kPeaks)[0].of_floor(), 0.0);
}

TEST(StepBreakdown, TheTableBeginsWithTheCostliest) {
  plan::StepDescription quick = block("quick + bn");
  quick.forward_seconds = quick.backward_seconds = 1;
  const std::string table =
      breakdown_table(step_costs({quick, block("slow")}, 1, 1, false, false, kPeaks), 25, kPeaks);
  EXPECT_LT(table.find("slow"), table.find("quick"));
  EXPECT_THAT(table, ::testing::Not(HasSubstr("quick + bn")));
  EXPECT_THAT(table, HasSubstr("copies: 3000.00 ms"));
}

TEST(StepBreakdown, NamesWhatFallsBack) {
  const auto table = [](const std::vector<plan::StepDescription>& steps) {
    return breakdown_table(step_costs(steps, 1, 1, false, false, kPeaks), 100, kPeaks);
  };
  EXPECT_THAT(table({block("a")}), HasSubstr("fallback steps: none\n"));
  plan::StepDescription sort = block("sort"), pad = block("pad + conv");
  sort.kind = pad.kind = "fallback";
  pad.forward_seconds = pad.backward_seconds = 2.5;
  EXPECT_THAT(table({pad, block("a"), sort}),
              HasSubstr("fallback steps: 2, 25000.00 ms (25.0% of the step): sort, pad\n"));
  std::vector<plan::StepDescription> many(9, sort);
  EXPECT_THAT(table(many), HasSubstr("sort, sort, sort, sort, sort, sort, ...\n"));
}

TEST(StepBreakdown, JsonHoldsEveryFigure) {
  const Json steps = to_json(step_costs({block("a")}, 1, 1, false, false, kPeaks));
  for (const char* key :
       {"name", "kind", "forward_seconds", "backward_seconds", "flops", "bytes", "of_floor"}) {
    EXPECT_TRUE(steps[0].contains(key)) << key;
  }
  EXPECT_EQ(to_json(kPeaks)["int8_gops"], 4.0);
}

}  // namespace
}  // namespace nudge::cli
