#include "nudge/base/child_service.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"

namespace nudge {
namespace {

using std::chrono::milliseconds;
using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr milliseconds kLong{20000};

ChildService::Answer answer_with(const std::function<void()>& work) {
  return [work](SharedBytes&, size_t) -> size_t {
    work();
    return 0;
  };
}

void start_and_ask(const std::function<void()>& work, milliseconds time = kLong) {
  ChildService service([&] { return answer_with(work); }, {});
  service.ask(0, time);
}

// Requests and answers of several sizes, each side making the memory larger; after the threads of this
// process have started.
TEST(ChildService, AnswersEveryRequest) {
  parallel_for(64, 1, [](int64_t, int64_t) {});
  int64_t asked = 0;
  ChildService service(
      [&asked] {
        return [&asked](SharedBytes& memory, size_t size) {
          ++asked;  // the copy's own
          const std::vector<std::byte> request(memory.at_least(size), memory.at_least(size) + size);
          std::byte* twice = memory.at_least(2 * size);
          std::memcpy(twice, request.data(), size);
          std::memcpy(twice + size, request.data(), size);
          return 2 * size;
        };
      },
      {});
  for (const size_t size : {size_t{0}, size_t{3}, size_t{200000}, size_t{70000}, size_t{3000000}}) {
    std::byte* request = service.memory().at_least(size);
    for (size_t i = 0; i < size; ++i) request[i] = static_cast<std::byte>(i % 251);
    ASSERT_EQ(service.ask(size, kLong), 2 * size);
    const std::byte* answer = service.memory().at_least(2 * size);
    for (size_t i = 0; i < 2 * size; ++i) ASSERT_EQ(answer[i], static_cast<std::byte>(i % size % 251));
  }
  EXPECT_EQ(asked, 0);
}

TEST(ChildService, PassesErrorsOnAndGoesOn) {
  int64_t asked = 0;
  ChildService service(
      [&asked] {
        return answer_with([&asked] {
          if (asked++ == 0) throw ShapeError("too wide");
        });
      },
      {});
  EXPECT_THAT([&] { service.ask(0, kLong); }, ThrowsMessage<ShapeError>("too wide"));
  EXPECT_EQ(service.ask(0, kLong), 0U);
  const auto refuse = []() -> ChildService::Answer { throw UnsupportedError("not this one"); };
  EXPECT_THAT([&] { ChildService(refuse, {}); }, ThrowsMessage<UnsupportedError>("not this one"));
}

TEST(ChildService, SaysHowItEnded) {
  EXPECT_THAT([] { start_and_ask([] { std::raise(SIGSEGV); }); },
              ThrowsMessage<ServiceEnded>(HasSubstr("was ended by signal 11")));
  EXPECT_THAT([] { start_and_ask([] { std::_Exit(7); }); },
              ThrowsMessage<ServiceEnded>("ended with status 7"));
  EXPECT_THAT([] { ChildService([]() -> ChildService::Answer { std::abort(); }, {}); },
              ThrowsMessage<ServiceEnded>(HasSubstr("was ended by signal 6")));
  EXPECT_THAT([] { start_and_ask([] { pause(); }, milliseconds(50)); },
              ThrowsMessage<ServiceEnded>("took longer than 0 s"));
}

TEST(ChildService, EndsOnceAndForAll) {
  ChildService service([] { return answer_with([] { std::abort(); }); }, {});
  EXPECT_THROW(service.ask(0, kLong), ServiceEnded);
  EXPECT_THAT([&] { service.ask(0, kLong); }, ThrowsMessage<ServiceEnded>("has ended"));
}

TEST(ChildService, LimitsItsMemory) {
  const auto take = [](uint64_t limit) {
    ChildService service(
        [] {
          return answer_with([] {
            std::vector<std::vector<char>> taken;
            for (int i = 0; i < 200; ++i) taken.emplace_back(size_t{1} << 20, 'x');
          });
        },
        {.memory_bytes = limit});
    service.ask(0, kLong);
  };
  EXPECT_THAT([&] { take(uint64_t{32} << 20); }, ThrowsMessage<ServiceEnded>("ran out of memory"));
  EXPECT_NO_THROW(take(uint64_t{2} << 30));
}

TEST(ChildService, KeepsWhatItPrints) {
  testing::internal::CaptureStderr();
  try {
    start_and_ask([] {
      std::fputs("ERROR: no room\n", stderr);
      std::abort();
    });
    FAIL() << "it ended";
  } catch (const ServiceEnded& ended) {
    EXPECT_EQ(ended.output(), "ERROR: no room\n");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
}

}  // namespace
}  // namespace nudge
