// Weight scales with which every runtime computes the same codes.
//
// A runtime turns a channel's integer sum into a code, round(sum * m) with m = input * weight / output scale,
// in an arithmetic of its own: LiteRT's reference kernels round twice in fixed point, XNNPACK rounds a
// product of floats with ties to even, others round once.  They part where sum * m lies close to a tie, for
// one sum in a few hundred; the next layers make large differences of these.
//
// Where 1 / m is an even whole number n less a hair, the tie of code k + 1/2 lies a hair below the whole
// number (k + 1/2) n.  That sum is above the tie in every arithmetic, the sum before it is a whole sum away,
// and so all of them agree on all sums.
#pragma once

#include <cstdint>

namespace nudge::convert {

// The nearest such scale to `scale`, at most 0.3 of it above and 1/128 below (127 codes of which are one
// step); `scale` itself, as a float, where there is none: for m below 2^-13 or so, where a float has no hair
// that small, and for some m above 1/10, where even numbers are far apart. Powers of two do not count, as the
// reference kernels' first rounding then falls on ties. Scales are positive; `input` and `output` are those
// of the product's input and output.
float portable_scale(double scale, float input, float output);

// Of the codes 64 to 127 that a channel may have whose weights are all `weight`, the one whose scale,
// weight / code, is closest to a portable one.
int8_t portable_code(double weight, float input, float output);

}  // namespace nudge::convert
