#include "nudge/base/excerpt.h"

#include <gtest/gtest.h>

namespace nudge {
namespace {

TEST(Excerpt, LongTextsAreCut) {
  EXPECT_EQ(excerpt("conv"), "conv");
  EXPECT_EQ(in_quotes(""), "''");
  EXPECT_EQ(in_quotes(std::string(61, 'x')), "'" + std::string(60, 'x') + "...'");
  EXPECT_EQ(excerpt(std::string(60, 'x')), std::string(60, 'x'));
}

TEST(Excerpt, AZeroEndsNoMessage) { EXPECT_EQ(in_quotes(std::string("<f\0004", 4)), "'<f 4'"); }

TEST(Excerpt, NotWithinACharacter) {
  // 59 letters and then one of two bytes.
  EXPECT_EQ(excerpt(std::string(59, 'x') + "\u00e9\u00e9"), std::string(59, 'x') + "...");
}

TEST(OneLine, HoldsNoControlCharacters) {
  EXPECT_EQ(one_line("layer 'a\nb': \x1b[31mred\r\t\x7f"), "layer 'a b':  [31mred   ");
  EXPECT_EQ(one_line("ein gr\u00fcner Baum"), "ein gr\u00fcner Baum");
}

TEST(OneLine, LongWordsLoseTheirMiddle) {
  const std::string path = "/" + std::string(250, 'p') + ": ";
  EXPECT_EQ(one_line(path + "'a" + std::string(40'000, 'x') + "b' is long"),
            path + "'a" + std::string(58, 'x') + "..." + std::string(58, 'x') + "b' is long");
  EXPECT_EQ(one_line(std::string(300, 'x')), std::string(300, 'x'));
}

}  // namespace
}  // namespace nudge
