// A folder of pictures with a sub-folder a class.
#pragma once

#include <memory>
#include <string>

#include "nudge/data/source.h"

namespace nudge::data {

// Classes are the sub-folders in alphabetical order; files are those of has_image_extension, in
// alphabetical order.  Where the sub-folders are train, validation and test, each holding the classes,
// these are the splits.  Hidden entries are passed over.  Throws InputError.
std::shared_ptr<const Source> open_class_folder(const std::string& path);

}  // namespace nudge::data
