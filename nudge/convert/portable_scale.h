// Weight scales with which every runtime computes the same codes.
//
// A runtime turns a channel's integer sum into a code, round(sum * m) with m = input * weight / output scale,
// in an arithmetic of its own: LiteRT's reference kernels round twice in fixed point, XNNPACK rounds a
// product of floats with ties to even, others round once.  They part where sum * m lies close to a tie, for
// one sum in a few hundred, and for one in four where m is just below 1/2; the next layers make large
// differences of these.
//
// Two kinds of m are free of that:
// - 1 / m is an even whole number n less a hair, but no power of two above 2.  The tie of code k + 1/2 lies a
//   hair below the whole number (k + 1/2) n; that sum is above the tie in every arithmetic, the sum before it
//   a whole sum away.  (With powers of two the reference kernels' first rounding falls on ties.)
// - m >= 1/2, but for one in a thousand: the first rounding of the reference kernels is their only one.
// Of m between 1/2 and 1/2000 that are not of the first kind, about one in two thousand is free of it.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/convert/code_grid.h"
#include "nudge/tflite/product_sums.h"

namespace nudge::convert {

using Sums = tflite::ChannelSums;

int64_t nearest_even(double n);

// Whether every arithmetic makes the same int8 code of each of these sums, and none of them overflows.  This
// is a proof, not a sample: all arithmetics are monotonic, and both sides of every tie are tried.
bool same_codes(float weight_scale, float input_scale, const CodeGrid& output, const Sums& sums);

// The same, given the factor itself: as the reference kernels form it, and in floats.
struct SumFactor {
  double exact = 1;
  float rounded = 1;
};
bool same_codes(const SumFactor& factor, const CodeGrid& output, const Sums& sums);

// Weight scales around `scale` of which one of the next few floats at or above each is likely to pass
// same_codes(), at least `least` each: the few nearest, then ever larger ones up to where codes make no
// sense. The first is `scale` itself.
struct ScaleCandidates {
  std::vector<double> near;
  std::vector<double> far;
};
ScaleCandidates portable_candidates(double scale, double least, float input_scale, float output_scale);

}  // namespace nudge::convert
