#include "nudge/base/log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace nudge {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

// What all three messages leave on standard error at a level.
std::string logged_at(LogLevel level) {
  set_log_level(level);
  EXPECT_EQ(log_level(), level);
  testing::internal::CaptureStderr();
  log_debug("fine detail");
  log_info("passing fact");
  log_warning("possible trouble");
  set_log_level(LogLevel::kWarning);
  return testing::internal::GetCapturedStderr();
}

TEST(Log, ShowsWhatIsAtOrAboveItsLevel) {
  EXPECT_THAT(logged_at(LogLevel::kDebug),
              AllOf(HasSubstr("fine detail"), HasSubstr("passing fact"), HasSubstr("possible trouble")));
  EXPECT_THAT(logged_at(LogLevel::kInfo), AllOf(Not(HasSubstr("fine detail")), HasSubstr("passing fact")));
  EXPECT_THAT(logged_at(LogLevel::kWarning),
              AllOf(Not(HasSubstr("passing fact")), HasSubstr("warning: possible trouble")));
  EXPECT_THAT(logged_at(LogLevel::kError), IsEmpty());
  EXPECT_THAT(logged_at(LogLevel::kOff), IsEmpty());
}

TEST(Log, AMessageIsOneLine) {
  testing::internal::CaptureStderr();
  log_warning("layer 'a\nb': \x1b[31m" + std::string(40'000, 'x'));
  const std::string logged = testing::internal::GetCapturedStderr();
  EXPECT_THAT(logged, HasSubstr("layer 'a b':  [31mxx"));
  EXPECT_EQ(logged.find('\n'), logged.size() - 1);
  EXPECT_LT(logged.size(), 300U);
}

}  // namespace
}  // namespace nudge
