#include "nudge/graph/layer_pattern.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Le;
using ::testing::SizeIs;
using ::testing::ThrowsMessage;

TEST(LayerPattern, MatchesTheWholeName) {
  const LayerPattern pattern("conv(_[0-9]+)?|dense");
  EXPECT_TRUE(pattern.matches("conv"));
  EXPECT_TRUE(pattern.matches("conv_12"));
  EXPECT_TRUE(pattern.matches("dense"));
  EXPECT_FALSE(pattern.matches("conv_"));
  EXPECT_FALSE(pattern.matches("my_dense"));
  EXPECT_FALSE(pattern.matches(""));
  EXPECT_TRUE(LayerPattern(".*").matches("two\nlines"));
  EXPECT_TRUE(LayerPattern("").matches(""));
}

TEST(LayerPattern, SaysWhatIsWrong) {
  EXPECT_THAT([] { LayerPattern("(conv"); },
              ThrowsMessage<ValueError>(AllOf(HasSubstr("'(conv' is not a regular expression of layer names"),
                                              HasSubstr("missing )"))));
  EXPECT_THROW(LayerPattern("*"), ValueError);
  EXPECT_THROW(LayerPattern("[z-a]"), ValueError);
  EXPECT_THROW(LayerPattern("(?=conv)"), ValueError);
  EXPECT_THROW(LayerPattern("(a)\\1"), ValueError);
  EXPECT_THROW(LayerPattern("((a{1000}){1000}){1000}"), ValueError);
}

TEST(LayerPattern, LongExpressionsAreExcerpted) {
  EXPECT_THAT([] { LayerPattern(std::string(20'000, '(')); }, ThrowsMessage<ValueError>(SizeIs(Le(300))));
}

// Both overflow the stack of a matcher that recurses.
TEST(LayerPattern, DepthAndLengthAreNoMatter) {
  const std::string deep = std::string(20'000, '(') + "conv" + std::string(20'000, ')');
  EXPECT_TRUE(LayerPattern(deep).matches("conv"));
  const std::string name(30'000, 'x');
  EXPECT_TRUE(LayerPattern("(x|y)*").matches(name));
  EXPECT_FALSE(LayerPattern("(x+x+)+y").matches(name));
  std::string many = "a";
  for (int i = 0; i < 30'000; ++i) many += "|a";
  EXPECT_TRUE(LayerPattern(many).matches("a"));
}

}  // namespace
}  // namespace nudge
