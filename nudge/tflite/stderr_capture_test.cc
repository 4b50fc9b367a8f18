#include "nudge/tflite/stderr_capture.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace nudge::tflite {
namespace {

TEST(StderrCapture, KeepsTheRuntimesLinesAndPassesOnOthers) {
  testing::internal::CaptureStderr();
  std::string error;
  {
    const StderrCapture capture;
    std::fputs("INFO: a delegate\nsomebody else\nERROR: no such operator\nERROR: more\n", stderr);
    error = capture.first_error();
  }
  std::fputs("afterwards\n", stderr);
  EXPECT_EQ(error, "no such operator");
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "somebody else\nafterwards\n");
}

TEST(StderrCapture, HasNoErrorWhereNoneWasPrinted) {
  const StderrCapture capture;
  EXPECT_EQ(capture.first_error(), "");
}

TEST(TellingLine, IsTheFirstErrorOrTheLastOther) {
  EXPECT_EQ(telling_line("INFO: a\nfree(): invalid size\nERROR: no room\nERROR: more\n"), "no room");
  EXPECT_EQ(telling_line("INFO: a\nCheck failed\nfree(): invalid size\nWARNING: b\n"),
            "free(): invalid size");
  EXPECT_EQ(telling_line("INFO: a\n"), "");
}

}  // namespace
}  // namespace nudge::tflite
