#include "nudge/base/cpu.h"

#include <cpuid.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

#include "nudge/base/error.h"

namespace nudge {
namespace {

std::string read_limit() {
  const char* value = std::getenv("NUDGE_CPU");
  const std::string limit = value == nullptr || *value == '\0' ? "native" : value;
  for (const char* known : {"avx2", "avx512", "vnni", "amx", "native"}) {
    if (limit == known) return limit;
  }
  throw ValueError("NUDGE_CPU is '" + limit + "'; it must be avx2, avx512, vnni, amx or native");
}

// Linux keeps tiles, whose state is large, from a process until it asks for them.
bool tiles_are_granted() {
  constexpr long kRequestPermission = 0x1023;  // ARCH_REQ_XCOMP_PERM
  constexpr long kTileData = 18;               // the state component of the tiles
  return syscall(SYS_arch_prctl, kRequestPermission, kTileData) == 0;
}

bool has_tiles() {
  constexpr unsigned kAmx = 1u << 22 | 1u << 24 | 1u << 25;  // bf16, tile and int8 of leaf 7
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
  return __get_cpuid_count(7, 0, &eax, &ebx, &ecx, &edx) != 0 && (edx & kAmx) == kAmx && tiles_are_granted();
}

CpuFeatures detect() {
  CpuFeatures features;
  __builtin_cpu_init();
  features.avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  features.avx512 = __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
                    __builtin_cpu_supports("avx512cd") && __builtin_cpu_supports("avx512dq") &&
                    __builtin_cpu_supports("avx512vl");
  features.vnni = features.avx512 && __builtin_cpu_supports("avx512vnni");
  features.bf16 = features.avx512 && __builtin_cpu_supports("avx512bf16");
  const std::string& limit = cpu_limit();
  if (limit == "avx2") features.avx512 = false;
  if (limit == "avx2" || limit == "avx512") features.vnni = features.bf16 = false;
  features.amx = features.vnni && features.bf16 && limit != "vnni" && has_tiles();
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
  if (features.amx) text += " AMX";
  return text + " (NUDGE_CPU=" + cpu_limit() + ")";
}

}  // namespace nudge
