// The words of ops that layers' options are made of.
#pragma once

#include "nudge/ops/interpolation.h"
#include "nudge/ops/padding.h"
#include "nudge/ops/size2.h"
#include "nudge/ops/window.h"

namespace nudge::layers {

using ops::Interpolation;
using ops::Padding;
using ops::Size2;
using ops::Window;

}  // namespace nudge::layers
