#include "nudge/edgetpu/bisection.h"

#include <gmock/gmock.h>

#include <numeric>

namespace nudge::edgetpu {
namespace {

using testing::IsEmpty;

// A compiler that fails on parts that hold all operators from `bad` to `bad_end`.
std::vector<Culprit> culprits_of(size_t operators, size_t bad, size_t bad_end, int* trials = nullptr) {
  std::vector<size_t> all(operators);
  std::iota(all.begin(), all.end(), size_t{0});
  return find_culprits(operators, all, [=](size_t first, size_t last) {
    if (trials != nullptr) ++*trials;
    return first <= bad && last >= bad_end ? std::string("Internal compiler error") : std::string();
  });
}

TEST(Bisection, FindsTheOperatorThatFailsAlone) {
  for (size_t bad = 0; bad < 9; ++bad) {
    const auto found = culprits_of(9, bad, bad);
    ASSERT_EQ(found.size(), 1U);
    EXPECT_EQ(found[0].first, bad);
    EXPECT_EQ(found[0].last, bad);
    EXPECT_EQ(found[0].failure, "Internal compiler error");
  }
}

TEST(Bisection, FindsTheShortestRangeThatFails) {
  for (size_t bad = 0; bad < 9; ++bad) {
    for (size_t end = bad + 1; end < 9; ++end) {
      const auto found = culprits_of(9, bad, end);
      ASSERT_EQ(found.size(), 1U) << bad << " to " << end;
      EXPECT_EQ(found[0].first, bad);
      EXPECT_EQ(found[0].last, end);
    }
  }
}

TEST(Bisection, TakesFewTrials) {
  int trials = 0;
  culprits_of(100, 40, 60, &trials);
  EXPECT_LE(trials, 100 + 2 * 7 + 1);
}

TEST(Bisection, FindsNothingWhereNoPartFails) {
  EXPECT_THAT(find_culprits(5, {0, 1}, [](size_t, size_t) { return std::string(); }), IsEmpty());
  EXPECT_THAT(find_culprits(0, {}, [](size_t, size_t) { return std::string("x"); }), IsEmpty());
}

TEST(Bisection, GivesEveryOperatorThatFailsAlone) {
  const auto found = find_culprits(6, {1, 3, 5}, [](size_t first, size_t) {
    return first == 3 || first == 5 ? std::string("x") : std::string();
  });
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[1].first, 5U);
}

}  // namespace
}  // namespace nudge::edgetpu
