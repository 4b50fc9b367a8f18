// Function attributes for code in AVX-512 instructions that Highway does not reach: for single functions, so
// that nothing else of a file needs a processor that has them.
#pragma once

#include <immintrin.h>

#include <cstdint>

#define NUDGE_AVX512_BASE "avx512f,avx512bw,avx512vl,avx512dq"
#define NUDGE_TARGET_BF16 __attribute__((target(NUDGE_AVX512_BASE ",avx512bf16")))
// prfchw came long before and is only a hint.
#define NUDGE_TARGET_VNNI __attribute__((target(NUDGE_AVX512_BASE ",avx512vnni,prfchw")))
#define NUDGE_INLINE_BF16 NUDGE_TARGET_BF16 inline __attribute__((always_inline))
#define NUDGE_INLINE_VNNI NUDGE_TARGET_VNNI inline __attribute__((always_inline))

namespace nudge::kernels {

constexpr int64_t kLanes = 16;  // 32-bit numbers of a vector

// Sums of products of bytes.  The type of what the instruction works on: with that of whole registers GCC 12
// copies every sum once more.
using Sums = int __attribute__((vector_size(64)));

// Of each lane: plus the sum of four unsigned times four signed bytes.
NUDGE_INLINE_VNNI Sums add_products(Sums sum, __m512i codes, __m512i weights) {
  return reinterpret_cast<Sums>(_mm512_dpbusd_epi32(reinterpret_cast<__m512i>(sum), codes, weights));
}

// The first `count` lanes, all from 16 on.
constexpr uint16_t lanes_up_to(int64_t count) {
  return static_cast<uint16_t>(count >= kLanes ? 0xffff : (1u << count) - 1);
}

}  // namespace nudge::kernels
