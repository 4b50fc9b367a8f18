#include "nudge/base/child_trial.h"

#include <gtest/gtest.h>

#include <atomic>
#include <csignal>
#include <cstdlib>
#include <stdexcept>
#include <vector>

namespace nudge {
namespace {

TEST(ChildTrial, SaysHowItEnded) {
  EXPECT_EQ(try_in_child([] {}, {}), TrialEnd::kDone);
  EXPECT_EQ(try_in_child([] { throw std::runtime_error("refused"); }, {}), TrialEnd::kDone);
  EXPECT_EQ(try_in_child([] { std::raise(SIGSEGV); }, {}), TrialEnd::kCrashed);
  EXPECT_EQ(try_in_child([] { std::abort(); }, {}), TrialEnd::kCrashed);
}

TEST(ChildTrial, EndsWhatNeverEnds) {
  EXPECT_EQ(try_in_child(
                [] {
                  for (std::atomic<int> i = 0;; ++i) {
                  }
                },
                {.seconds = 1}),
            TrialEnd::kOutOfTime);
}

TEST(ChildTrial, EndsWhatTakesAllMemory) {
  const auto take = [] {
    std::vector<std::vector<char>> taken;
    for (int i = 0; i < 1000; ++i) taken.emplace_back(size_t{1} << 20, 'x');
  };
  EXPECT_EQ(try_in_child(take, {.memory_bytes = uint64_t{32} << 20, .seconds = 10}), TrialEnd::kCrashed);
  EXPECT_EQ(try_in_child(take, {.memory_bytes = uint64_t{2} << 30, .seconds = 10}), TrialEnd::kDone);
}

TEST(ChildTrial, ChangesNothingHere) {
  int value = 1;
  EXPECT_EQ(try_in_child([&value] { value = 2; }, {}), TrialEnd::kDone);
  EXPECT_EQ(value, 1);
}

}  // namespace
}  // namespace nudge
