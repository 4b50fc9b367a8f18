// The grid of a quantizer: which real values its codes stand for.
#pragma once

#include <cstdint>

namespace nudge::kernels {

// Codes q in [qmin, qmax] stand for (q - zero_point) * scale.  Codes are unsigned; the signed 8-bit form
// that .tflite uses is q - 128 with zero point zero_point - 128.
struct Grid {
  float scale = 0.0f;
  float inverse = 0.0f;     // 1 / scale in float
  float nudged_min = 0.0f;  // the real value of qmin
  float nudged_max = 0.0f;  // the real value of qmax
  int zero_point = 0;
  int qmin = 0;
  int qmax = 255;

  // A range of no width (min = max = 0, or so narrow that 1 / scale overflows): every value becomes 0,
  // code zero_point, and its gradient passes unchanged.
  bool degenerate() const { return scale == 0.0f; }

  bool operator==(const Grid&) const = default;
};

// The grid of [min, max], moved so that real zero is one of its values.  The formulas are those of
// TensorFlow's fake_quant_with_min_max_vars, bit for bit: qmin is 0 (narrow: 1), qmax 2^bits - 1, the zero
// point is rounded half up and pinned to [qmin, qmax] when the range does not hold zero.
// Throws ValueError unless 2 <= bits <= 16 and min <= max, NumericError when a limit is not finite.
Grid nudge_range(float min, float max, int bits = 8, bool narrow = false);

// The symmetric grid of a weight whose largest magnitude is `limit`: narrow, zero point in the middle,
// signed codes [-127, 127] for 8 bits.
Grid symmetric_grid(float limit, int bits = 8);

}  // namespace nudge::kernels
