// The gradient of a product's output in bfloat16, as both operands of matmul_bf16.h want it: row by row, and
// in panels.h's layout with rows paired.
#pragma once

#include <cstdint>

#include "nudge/kernels/channels/channel_passes.h"

namespace nudge::kernels {

// An odd last row is paired with zeros.  Of float32 in two parts, which together have twice the digits.
struct GradientOperands {
  Bfloat16* rows = nullptr;      // row r at r * pitch; what lies beyond the channels is not touched
  Bfloat16* rows_low = nullptr;  // null: one part
  int64_t pitch = 0;             // in elements
  uint32_t* pairs = nullptr;     // rows 2p and 2p + 1 in row p; rows that fill up tiles are not touched
  uint32_t* pairs_low = nullptr;
  int64_t panel = 0;  // words
};

// As apply_gradient(); with AVX-512 BF16 where the processor has it, which takes denormal numbers for zero.
void write_gradient_operands(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                             const ChannelAffine& affine, const ActivationLimits& limits,
                             const GradientAffine& gradient, const GradientOperands& out);

// The ways, for tests.
void write_gradient_operands_portable(const ConstReals& x, const ConstReals& dy, int64_t rows,
                                      int64_t channels, const ChannelAffine& affine,
                                      const ActivationLimits& limits, const GradientAffine& gradient,
                                      const GradientOperands& out);
void write_gradient_operands_avx512(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                                    const ChannelAffine& affine, const ActivationLimits& limits,
                                    const GradientAffine& gradient, const GradientOperands& out);

}  // namespace nudge::kernels
