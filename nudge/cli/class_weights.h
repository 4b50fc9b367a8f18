// The --class-weights flag: how often the items of each class count in the loss.
#pragma once

#include <string>
#include <vector>

#include "nudge/data/source.h"

namespace nudge::cli {

// "balanced": items / (classes * items of the class), of those that are trained on; or a number for each
// class in the source's order, with commas between; nothing for "".  Throws ValueError.
std::vector<double> class_weights_from(const std::string& text, const data::Source& source);

}  // namespace nudge::cli
