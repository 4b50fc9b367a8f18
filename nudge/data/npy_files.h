// Items that are .npy files of their own: pictures, or samples of any shape.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/data/picture_files.h"
#include "nudge/data/source.h"

namespace nudge::data {

// The first file says what all are: bytes of (height, width) or (height, width, channels) are pictures,
// anything else the array x, of one shape and type.  A file is read when it is asked for.  Throws InputError.
std::shared_ptr<const Source> open_npy_files(const std::string& root, std::vector<std::string> classes,
                                             std::vector<ItemFile> items);

}  // namespace nudge::data
