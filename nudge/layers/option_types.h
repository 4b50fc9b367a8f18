// The words of ops that layers' options are made of.
#pragma once

#include <array>
#include <cstdint>
#include <utility>
#include <vector>

#include "nudge/ops/interpolation.h"
#include "nudge/ops/padding.h"
#include "nudge/ops/size2.h"
#include "nudge/ops/window.h"

namespace nudge::layers {

using ops::Interpolation;
using ops::Padding;
using ops::Size2;
using ops::Window;

// One number, or one for each channel.
struct PerChannel : std::vector<double> {
  PerChannel(double one) : vector{one} {}  // NOLINT(google-explicit-constructor)
  PerChannel(std::vector<double> values)
      : vector(std::move(values)) {}  // NOLINT(google-explicit-constructor)
};

using Size3 = std::array<int64_t, 3>;  // depth, height, width

}  // namespace nudge::layers
