// Images whose places move: as keras.ops.image.affine_transform and map_coordinates compute them.
#pragma once

#include <array>

#include "nudge/ops/distortion.h"
#include "nudge/plan/distortion/picture.h"

namespace nudge::plan {

void flip(const Picture& picture, bool horizontal, bool vertical, float* result);

// The result's (x, y) is taken from ((p0 x + p1 y + p2) / k, (p3 x + p4 y + p5) / k) with k = p6 x + p7 y
// + 1.
using Projection = std::array<double, 8>;
void warp(const Picture& picture, const Projection& projection, const ops::Sampling& sampling, float* result);

// By so many turns, clockwise, around the middle.
Projection rotation(const Picture& picture, double turns);
// `height` and `width` times as much is seen, around the middle.
Projection zoom(const Picture& picture, double height, double width);
Projection translation(double down, double right);
Projection shear(double x, double y);
// That which takes each of four places (x, y) from where it goes to back to where it came from.
using Corners = std::array<std::array<double, 2>, 4>;
Projection perspective(const Corners& from, const Corners& to);

// The result's (x, y) is taken from (x + dx[y, x], y + dy[y, x]).
void move_places(const Picture& picture, const float* dx, const float* dy, const ops::Sampling& sampling,
                 float* result);

}  // namespace nudge::plan
