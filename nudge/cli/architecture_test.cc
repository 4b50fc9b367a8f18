// What the flags of an application make of it.
#include "nudge/cli/architecture.h"

#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/json.h"
#include "nudge/cli/program_run.h"

namespace nudge::cli {
namespace {

using ::testing::HasSubstr;

ProgramResult summary_of(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), "summary");
  arguments.insert(arguments.end(), {"--json", "-"});
  return run_nudge(arguments);
}

TEST(Architecture, PixelsThatTheModelDoesNotScaleAreScaledBeforeIt) {
  const ProgramResult inside = summary_of({"MobileNetV3Small"});
  EXPECT_THAT(inside.output, HasSubstr("\"Rescaling\""));
  EXPECT_EQ(parse_json(inside.output, "inside")["card"].value("preprocessing", ""), "none");
  const ProgramResult outside = summary_of({"MobileNetV3Small", "--include-preprocessing", "false"});
  EXPECT_THAT(outside.output, testing::Not(HasSubstr("\"Rescaling\"")));
  EXPECT_EQ(parse_json(outside.output, "outside")["card"].value("preprocessing", ""), "tf");
}

TEST(Architecture, MinimalisticHasNoHardSwish) {
  const ProgramResult small = summary_of({"mobilenet_v3_small", "--minimalistic"});
  EXPECT_EQ(small.exit_code, 0) << small.errors;
  EXPECT_THAT(small.output, testing::Not(HasSubstr("squeeze_excite")));
  EXPECT_THAT(summary_of({"mobilenet_v3_small"}).output, HasSubstr("squeeze_excite"));
}

TEST(Architecture, WhatAnApplicationHasNotIsRefused) {
  for (const auto& [flag, value, option] : {std::tuple{"--minimalistic", "", "minimalistic"},
                                            {"--include-preprocessing", "false", "include_preprocessing"}}) {
    std::vector<std::string> arguments{"MobileNetV2", flag};
    if (*value != 0) arguments.emplace_back(value);
    const ProgramResult refused = summary_of(arguments);
    EXPECT_NE(refused.exit_code, 0);
    EXPECT_THAT(refused.errors,
                HasSubstr(std::string("MobileNetV2: ") + option + " is not an option of this application"));
  }
}

}  // namespace
}  // namespace nudge::cli
