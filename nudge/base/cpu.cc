#include "nudge/base/cpu.h"

#include <cstdlib>

#include "nudge/base/error.h"

namespace nudge {
namespace {

std::string read_limit() {
  const char* value = std::getenv("NUDGE_CPU");
  const std::string limit = value == nullptr || *value == '\0' ? "native" : value;
  if (limit != "avx2" && limit != "avx512" && limit != "native") {
    throw ValueError("NUDGE_CPU is '" + limit + "'; it must be avx2, avx512 or native");
  }
  return limit;
}

CpuFeatures detect() {
  CpuFeatures features;
#if defined(__x86_64__)
  __builtin_cpu_init();
  features.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  features.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl");
  features.vnni = features.avx512 && __builtin_cpu_supports("avx512vnni");
  features.bf16 = features.avx512 && __builtin_cpu_supports("avx512bf16");
#endif
  if (cpu_limit() == "avx2") features.avx512 = false;
  if (cpu_limit() != "native") features.vnni = features.bf16 = false;
  return features;
}

}  // namespace

const std::string& cpu_limit() {
  static const std::string limit = read_limit();
  return limit;
}

const CpuFeatures& cpu_features() {
  static const CpuFeatures features = detect();
  return features;
}

std::string describe_cpu() {
  const CpuFeatures& features = cpu_features();
  std::string text = features.avx512 ? "AVX-512" : features.avx2 ? "AVX2" : "baseline";
  if (features.vnni) text += " VNNI";
  if (features.bf16) text += " bf16";
  return text + " (NUDGE_CPU=" + cpu_limit() + ")";
}

}  // namespace nudge
