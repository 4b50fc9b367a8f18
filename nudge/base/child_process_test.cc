#include "nudge/base/child_process.h"

#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge {
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

TEST(ChildProcess, EndsAProgramWhoseTimeIsOver) {
  ProcessLimits limits;
  limits.time = std::chrono::milliseconds(200);
  // The shell waits for a program of its own, which holds the output open.
  const ProcessResult result = run_process({"sh", "-c", "echo begun; sleep 600; echo done"}, "", limits);
  EXPECT_TRUE(result.timed_out);
  EXPECT_EQ(result.status, 128 + 9);
  EXPECT_EQ(result.output, "begun\n");
  EXPECT_FALSE(run_process({"true"}, "", limits).timed_out);
}

TEST(ChildProcess, EndsAProgramThatPrintsTooMuch) {
  ProcessLimits limits;
  limits.output_bytes = 1000;
  const ProcessResult result = run_process({"yes"}, "", limits);
  EXPECT_TRUE(result.output_cut);
  EXPECT_EQ(result.output.size(), 1000U);
  EXPECT_EQ(result.output.substr(0, 4), "y\ny\n");
}

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
}  // namespace nudge
