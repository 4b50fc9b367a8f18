// A folder of pictures with a sub-folder a class.
#pragma once

#include <memory>
#include <string>

#include "nudge/data/source.h"

namespace nudge::data {

// Classes are the sub-folders in alphabetical order; a class's files are those of has_image_extension in it
// and in folders within it, in alphabetical order of their paths; where there are none its .npy arrays. Where
// the sub-folders are train, validation and test, each holding the classes, these are the splits; else
// balanced_splits are.  Hidden entries and what file managers leave behind are passed over; links to files
// are read, links to folders only where they stand for a class.  Throws InputError.
std::shared_ptr<const Source> open_class_folder(const std::string& path);

// Whether there are folders within that one, as a folder of classes has them.
bool has_folders(const std::string& path);

}  // namespace nudge::data
