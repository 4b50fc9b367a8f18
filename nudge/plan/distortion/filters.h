// Images seen through a window of their neighbours, and with parts taken out.
#pragma once

#include <vector>

#include "nudge/base/random.h"
#include "nudge/ops/distortion.h"
#include "nudge/plan/distortion/picture.h"

namespace nudge::plan {

// `factor` 0 is the mean of the neighbours, 1 the picture, 2 as far beyond it.
void sharpen(const Picture& picture, double factor, const ops::Interval& values, float* result);

// Samples of a bell curve that sum to 1.
std::vector<double> bell(int64_t size, double sigma);
// By a bell curve of `rows` downwards and of `columns` across; zeros lie around the picture.
void blur(const Picture& picture, const std::vector<double>& rows, const std::vector<double>& columns,
          float* result);

// [x0, x1) by [y0, y1).
struct Box {
  double x0 = 0, x1 = 0, y0 = 0, y1 = 0;
};
// The box is filled with a value, with one for each channel, or with normal noise where `fill` is empty.
void erase(const Picture& picture, const Box& box, const std::vector<double>& fill,
           const ops::Interval& values, Random& random, float* result);

}  // namespace nudge::plan
