#include "nudge/ops/padding.h"

#include <gmock/gmock.h>

#include "nudge/base/error.h"

namespace nudge::ops {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

struct Case {
  int64_t input, window, stride, dilation;
  Padding padding;
  int64_t output, before, after;
};

class WindowSpanTest : public testing::TestWithParam<Case> {};

TEST_P(WindowSpanTest, IsTensorFlows) {
  const Case& c = GetParam();
  const WindowSpan span = window_span(c.input, c.window, c.stride, c.dilation, c.padding);
  EXPECT_EQ(span.output, c.output);
  EXPECT_EQ(span.before, c.before);
  EXPECT_EQ(span.after, c.after);
}

INSTANTIATE_TEST_SUITE_P(
    Padding, WindowSpanTest,
    testing::Values(Case{224, 3, 2, 1, Padding::kSame, 112, 0, 1},
                    Case{225, 3, 2, 1, Padding::kSame, 113, 1, 1},
                    Case{225, 3, 2, 1, Padding::kValid, 112, 0, 0}, Case{7, 3, 1, 1, Padding::kSame, 7, 1, 1},
                    Case{7, 4, 1, 1, Padding::kSame, 7, 1, 2}, Case{7, 3, 1, 2, Padding::kSame, 7, 2, 2},
                    Case{7, 3, 1, 2, Padding::kValid, 3, 0, 0}, Case{7, 1, 3, 1, Padding::kSame, 3, 0, 0},
                    Case{2, 3, 1, 1, Padding::kValid, 0, 0, 0}, Case{1, 5, 2, 1, Padding::kSame, 1, 2, 2}));

TEST(PaddingTest, NamesAreKeras) {
  EXPECT_EQ(padding_from_string("VALID"), Padding::kValid);
  EXPECT_EQ(padding_from_string(to_string(Padding::kSame)), Padding::kSame);
  EXPECT_THAT([] { padding_from_string("causal"); }, ThrowsMessage<ValueError>(HasSubstr("'causal'")));
}

}  // namespace
}  // namespace nudge::ops
