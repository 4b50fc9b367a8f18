// What to try about a layer that loses much.
#pragma once

#include <string>

#include "nudge/explain/layer_error.h"

namespace nudge::explain {

// A sentence that says what stands out and what to type; empty where nothing does.
std::string advice(const LayerError& error);

}  // namespace nudge::explain
