// Images whose colours change, as Keras's layers change them with a given factor.
#pragma once

#include "nudge/ops/distortion.h"
#include "nudge/plan/distortion/picture.h"

namespace nudge::plan {

// In each, `result` has the picture's size, and `values` is the range of pixels that results are kept in.
void brighten(const Picture& picture, double added, const ops::Interval& values, float* result);
// What lies beside a channel's mean is multiplied by `factor`.
void change_contrast(const Picture& picture, double factor, const ops::Interval& values, float* result);
// Of three channels: red, green, blue.
void saturate(const Picture& picture, double factor, const ops::Interval& values, float* result);
void turn_hue(const Picture& picture, double turns, const ops::Interval& values, float* result);
void fade_to_gray(const Picture& picture, double factor, const ops::Interval& values, float* result);
void make_gray(const Picture& picture, float* result);

void invert(const Picture& picture, const ops::Interval& values, float* result);
// Of 8 bits that the range is cut into, so many stay.
void posterize(const Picture& picture, int64_t bits, const ops::Interval& values, float* result);
// Both in steps of 1/255 of the range.
void solarize(const Picture& picture, double addition, double threshold, const ops::Interval& values,
              float* result);

}  // namespace nudge::plan
