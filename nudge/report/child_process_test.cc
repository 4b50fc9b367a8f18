#include "nudge/report/child_process.h"

#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::report {
namespace {

TEST(ChildProcess, TakesInputAndGivesOutput) {
  const ProcessResult result = run_process({"cat"}, "two\nlines\n");
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.output, "two\nlines\n");
}

TEST(ChildProcess, DoesNotBlockOnMuchData) {
  const std::string much(1 << 20, 'x');
  EXPECT_EQ(run_process({"cat"}, much).output, much);
}

TEST(ChildProcess, PassesArgumentsWithoutAShell) {
  EXPECT_EQ(run_process({"printf", "%s", "$HOME; `id` 'x'"}, "").output, "$HOME; `id` 'x'");
}

TEST(ChildProcess, ReportsTheExitCode) { EXPECT_NE(run_process({"false"}, "").status, 0); }

TEST(ChildProcess, NamesAMissingProgram) {
  try {
    run_process({"no-such-program-anywhere"}, "");
    FAIL() << "started";
  } catch (const UnsupportedError& error) {
    EXPECT_NE(std::string(error.what()).find("no-such-program-anywhere"), std::string::npos);
  }
  EXPECT_THROW(run_process({}, ""), ValueError);
}

}  // namespace
}  // namespace nudge::report
