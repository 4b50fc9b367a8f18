// Exponentials, reciprocals and roots of LiteRT's reference kernels in fixed point, bit for bit.
//
// Qm.n: an integer that stands for value / 2^n.
#pragma once

#include <cstdint>

#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {

// exp(z) in Q0.31 of z <= 0 in Q5.26.
int32_t exponential(int32_t z);

// 1 / (1 + a) in Q0.31 of a in [0, 1) in Q0.31.
int32_t reciprocal_of_one_plus(int32_t a);

// 1 / (1 + exp(-x)) in Q0.15 of x in Q3.12, and tanh(x) of x with so many bits before the point (0 to 6).
int16_t logistic16(int16_t x);
int16_t tanh16(int16_t x, int whole_bits);

// log(x) in Q5.26 of x >= 1 in Q12.19.
int32_t logarithm(int32_t x);

// 1 / sqrt(value) of an integer; for value <= 1 just below 1.
Multiplier inverse_square_root(int32_t value);

}  // namespace nudge::tflite
