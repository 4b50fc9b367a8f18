#include "nudge/base/threads.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "nudge/base/error.h"

namespace nudge {
namespace {

using testing::Each;
using testing::HasSubstr;
using testing::ThrowsMessage;

class Threads : public testing::Test {
 protected:
  ~Threads() override { set_thread_count(before_); }

  // The parts that [0, n) is cut into, in order.
  static std::set<std::pair<int64_t, int64_t>> parts_of(int64_t n, int64_t grain) {
    std::set<std::pair<int64_t, int64_t>> parts;
    std::mutex mutex;
    parallel_for(n, grain, [&](int64_t begin, int64_t end) {
      const std::lock_guard lock(mutex);
      parts.emplace(begin, end);
    });
    return parts;
  }

 private:
  int before_ = thread_count();
};

TEST_F(Threads, CoverTheRangeOnce) {
  for (const int threads : {1, 2, 3, 8}) {
    set_thread_count(threads);
    EXPECT_EQ(thread_count(), threads);
    for (const int64_t n : {1, 2, 7, 64, 1000}) {
      SCOPED_TRACE(testing::Message() << n << " elements, " << threads << " threads");
      std::vector<int> visits(static_cast<size_t>(n));
      parallel_for(n, 3, [&](int64_t begin, int64_t end) {
        for (int64_t i = begin; i < end; ++i) ++visits[static_cast<size_t>(i)];
      });
      EXPECT_THAT(visits, Each(1));
    }
  }
}

TEST_F(Threads, NothingIsCalledForNothing) {
  EXPECT_TRUE(parts_of(0, 1).empty());
  EXPECT_TRUE(parts_of(-5, 1).empty());
}

TEST_F(Threads, PartsAreAtLeastAGrainLong) {
  set_thread_count(4);
  EXPECT_EQ(parts_of(100, 1).size(), 16u);
  EXPECT_EQ(parts_of(100, 30).size(), 3u);
  EXPECT_EQ(parts_of(5, 100), (std::set<std::pair<int64_t, int64_t>>{{0, 5}}));
  EXPECT_EQ(parts_of(100, 1), parts_of(100, 1)) << "cut the same way every time";
  for (const int64_t n : {10, 11, 12, 17, 40}) {
    const auto parts = parts_of(n, 6);
    for (const auto& [begin, end] : parts) EXPECT_GE(end - begin, 6) << n << " elements";
  }
}

TEST_F(Threads, AnExceptionComesOutOnceAllPartsEnded) {
  set_thread_count(4);
  std::atomic<int> ended = 0;
  const auto failing = [&] {
    parallel_for(4, 1, [&](int64_t begin, int64_t) {
      ++ended;
      if (begin == 2) throw InputError("part 2");
    });
  };
  EXPECT_THAT(failing, ThrowsMessage<InputError>(HasSubstr("part 2")));
  EXPECT_EQ(ended, 4);
}

TEST_F(Threads, WithinAPartTheCallingThreadWorksAlone) {
  set_thread_count(2);
  std::atomic<int> inner_calls = 0;
  std::atomic<bool> elsewhere = false;
  parallel_for(2, 1, [&](int64_t, int64_t) {
    const auto self = std::this_thread::get_id();
    parallel_for(100, 1, [&](int64_t begin, int64_t end) {
      if (begin == 0 && end == 100) ++inner_calls;
      if (std::this_thread::get_id() != self) elsewhere = true;
    });
  });
  EXPECT_EQ(inner_calls, 2);
  EXPECT_FALSE(elsewhere);
}

TEST_F(Threads, FewerThanOneIsRefused) {
  EXPECT_THAT([] { set_thread_count(0); }, ThrowsMessage<ValueError>(HasSubstr("at least 1, given 0")));
}

}  // namespace
}  // namespace nudge
