#include "nudge/kernels/channels/gradient_operands.h"

#include "nudge/base/cpu.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/values/panels.h"

namespace nudge::kernels {

void write_gradient_operands(const ConstReals& x, const ConstReals& dy, int64_t rows, int64_t channels,
                             const ChannelAffine& affine, const ActivationLimits& limits,
                             const GradientAffine& gradient, const GradientOperands& out) {
  static const bool fast = cpu_features().bf16;
  (fast ? write_gradient_operands_avx512 : write_gradient_operands_portable)(x, dy, rows, channels, affine,
                                                                             limits, gradient, out);
}

void write_gradient_operands_portable(const ConstReals& x, const ConstReals& dy, int64_t rows,
                                      int64_t channels, const ChannelAffine& affine,
                                      const ActivationLimits& limits, const GradientAffine& gradient,
                                      const GradientOperands& out) {
  float* floats = scratch_floats(Scratch::kPairs, rows * channels);
  apply_gradient(x, dy, rows, channels, affine, limits, gradient, floats);
  const auto part = [&](Bfloat16* to_rows, uint32_t* to_pairs) {
    for (int64_t r = 0; r < rows; ++r) {
      for (int64_t c = 0; c < channels; ++c) {
        float& value = floats[r * channels + c];
        const Bfloat16 half = to_bfloat16(value);
        value -= to_float(half);
        to_rows[r * out.pitch + c] = half;
        uint32_t& word = to_pairs[in_panels(c, out.panel) + r / 2 * kPanelColumns];
        word = r % 2 == 0 ? half.bits : word | static_cast<uint32_t>(half.bits) << 16;
      }
    }
  };
  part(out.rows, out.pairs);
  if (out.rows_low != nullptr) part(out.rows_low, out.pairs_low);
}

}  // namespace nudge::kernels
