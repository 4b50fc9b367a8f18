// What the processor can do, and the limit that NUDGE_CPU sets on it.
#pragma once

#include <string>

namespace nudge {

struct CpuFeatures {
  bool avx2 = false;    // with FMA
  bool avx512 = false;  // F, BW, CD, DQ, VL
  bool vnni = false;    // AVX-512 VNNI: exact u8 x s8 products in 32 bits
  bool bf16 = false;    // AVX-512 BF16
  bool amx = false;     // AMX's tiles of int8 and bf16, and the operating system lets this process use them
};

// The processor's features, cut to the limit.  NUDGE_CPU=avx2 hides everything above AVX2, avx512 hides
// VNNI, bf16 and AMX, vnni hides AMX, amx everything that came after it (nothing yet), native (the default)
// nothing.  Throws ValueError when it holds another word.
// Read once; the kernels folder limits oneDNN and Highway to the same.
const CpuFeatures& cpu_features();

// "avx2", "avx512", "vnni", "amx" or "native": the limit in force.
const std::string& cpu_limit();

// One line for reports: "AVX-512 VNNI bf16 AMX (NUDGE_CPU=native)".
std::string describe_cpu();

}  // namespace nudge
