// The limit is read once, so each case looks at a process of its own.
#include "nudge/base/cpu.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <cstdlib>

#include "nudge/base/error.h"

namespace nudge {
namespace {

class CpuLimit : public testing::Test {
 protected:
  void SetUp() override { GTEST_FLAG_SET(death_test_style, "threadsafe"); }

  // Ends the process: 0 when the features keep to what `limit` allows, 3 when it is refused.
  [[noreturn]] static void report(const char* limit, bool avx512, bool vnni_and_bf16, bool amx = false) {
    ::setenv("NUDGE_CPU", limit, 1);
    try {
      const CpuFeatures& features = cpu_features();
      std::fprintf(stderr, "%s", describe_cpu().c_str());
      const bool kept = (avx512 || !features.avx512) &&
                        (vnni_and_bf16 || !(features.vnni || features.bf16)) && (amx || !features.amx);
      const bool consistent = (features.avx512 || !(features.vnni || features.bf16)) &&
                              ((features.vnni && features.bf16) || !features.amx);
      std::exit(kept && consistent ? 0 : 1);
    } catch (const ValueError& error) {
      std::fprintf(stderr, "%s", error.what());
      std::exit(3);
    }
  }
};

TEST_F(CpuLimit, Avx2HidesWhatIsAbove) {
  EXPECT_EXIT(report("avx2", false, false), testing::ExitedWithCode(0), "\\(NUDGE_CPU=avx2\\)");
}

TEST_F(CpuLimit, Avx512HidesVnniAndBf16) {
  EXPECT_EXIT(report("avx512", true, false), testing::ExitedWithCode(0), "\\(NUDGE_CPU=avx512\\)");
}

TEST_F(CpuLimit, VnniHidesAmx) {
  EXPECT_EXIT(report("vnni", true, true), testing::ExitedWithCode(0), "\\(NUDGE_CPU=vnni\\)");
}

TEST_F(CpuLimit, NativeIsTheDefault) {
  EXPECT_EXIT(report("amx", true, true, true), testing::ExitedWithCode(0), "\\(NUDGE_CPU=amx\\)");
  EXPECT_EXIT(report("native", true, true, true), testing::ExitedWithCode(0), "\\(NUDGE_CPU=native\\)");
  EXPECT_EXIT(report("", true, true, true), testing::ExitedWithCode(0), "\\(NUDGE_CPU=native\\)");
}

TEST_F(CpuLimit, AnotherWordIsRefused) {
  EXPECT_EXIT(report("sse", true, true), testing::ExitedWithCode(3),
              "NUDGE_CPU is 'sse'; it must be avx2, avx512, vnni, amx or native");
}

}  // namespace
}  // namespace nudge
