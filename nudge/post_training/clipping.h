// How much of what a tensor holds its 8-bit grid should reach: the less it reaches, the finer are its steps.
#pragma once

#include "nudge/post_training/value_histogram.h"

namespace nudge::post_training {

struct Limits {
  float min = 0;  // never above 0
  float max = 0;  // never below it
};

// The `percentile` percentile and its counterpart from below, to a bin: 99.99 leaves out one of 10,000 values
// at either end.  Throws ValueError unless it lies above 50 and is at most 100.
Limits clip_at_percentile(const ValueHistogram& values, double percentile);

// The limits between which rounding and clipping make the least mean squared error.
Limits clip_by_squared_error(const ValueHistogram& values, int bits);

// The limits that lose the least information: the divergence (Kullback and Leibler's) of the values, those
// beyond counted at the ends, from what the grid keeps of them.  Both ends move together, as a part of what
// there is.
Limits clip_by_entropy(const ValueHistogram& values, int bits);

}  // namespace nudge::post_training
