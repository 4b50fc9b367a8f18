// A data set held in one .npz file, as Keras's own small sets come.
#pragma once

#include <memory>
#include <string>

#include "nudge/data/source.h"

namespace nudge::data {

// Arrays x (N, H, W) or (N, H, W, C), uint8 or float32, and y (N) or (N, 1), integers from 0.  Classes are
// named by their numbers, items "00000", "00001", ...  Throws InputError.
std::shared_ptr<const Source> open_npz_source(const std::string& path);

}  // namespace nudge::data
