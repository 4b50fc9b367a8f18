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

}  // namespace
}  // namespace nudge::tflite
