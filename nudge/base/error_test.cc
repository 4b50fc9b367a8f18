#include "nudge/base/error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>

namespace nudge {
namespace {

using testing::StrEq;
using testing::ThrowsMessage;

template <typename T>
class ErrorFamily : public testing::Test {};
using Members =
    testing::Types<InputError, OutputError, ShapeError, ValueError, UnsupportedError, NumericError>;
TYPED_TEST_SUITE(ErrorFamily, Members);

TYPED_TEST(ErrorFamily, IsCaughtAsAnErrorWithItsMessage) {
  EXPECT_THAT([] { throw TypeParam("what, where, what to do"); },
              ThrowsMessage<Error>(StrEq("what, where, what to do")));
}

TEST(Error, SystemErrorsNamePathAndCause) {
  const auto failing = [](auto&& raise) {
    return [raise] {
      errno = ENOENT;
      raise("photos/a.jpg");
    };
  };
  EXPECT_THAT(failing([](const char* path) { throw_input_errno(path, "cannot be read"); }),
              ThrowsMessage<InputError>(StrEq("photos/a.jpg: cannot be read: No such file or directory")));
  EXPECT_THAT(
      failing([](const char* path) { throw_output_errno(path, "cannot be written"); }),
      ThrowsMessage<OutputError>(StrEq("photos/a.jpg: cannot be written: No such file or directory")));
}

}  // namespace
}  // namespace nudge
