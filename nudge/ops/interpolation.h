// How an image is enlarged.
#pragma once

namespace nudge::ops {

enum class Interpolation { kNearest, kBilinear };

}  // namespace nudge::ops
