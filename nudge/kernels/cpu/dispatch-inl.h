// How kernels pick the code for the processor they run on.  For .cc files that include Highway.
#pragma once

#include "nudge/kernels/cpu/cpu_limit.h"

// SSSE3 alone is not worth compiling everything once more.
#define HWY_DISABLED_TARGETS HWY_SSSE3

// HWY_DYNAMIC_DISPATCH that respects NUDGE_CPU.
#define NUDGE_DISPATCH(function) (::nudge::kernels::apply_cpu_limit(), HWY_DYNAMIC_DISPATCH(function))
