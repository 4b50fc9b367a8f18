// The public flower_photos set of TensorFlow's tutorials: 3,670 photos of five kinds of flowers, CC BY 2.0.
#pragma once

#include <string>

#include "nudge/download/download.h"

namespace nudge::data {

inline constexpr const char* kTfFlowers = "tf_flowers";

// The folder with a sub-folder a class, in Keras's cache; downloaded (229 MB) where it is not there.  The
// hash is TensorFlow Datasets'.
std::string tf_flowers_folder(const download::Progress& progress = {});

}  // namespace nudge::data
