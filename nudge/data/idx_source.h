// Data sets of IDX files: images and labels, as MNIST has them.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/data/source.h"
#include "nudge/data/source_spec.h"

namespace nudge::data {

// The files of images that `path` is or, as a folder, holds, sorted; those of labels stand beside them,
// with "labels" for "images" in their names.  None where it is or holds none.
std::vector<std::string> idx_images(const std::string& path);

// Files of images of one size; "train" and "t10k" or "test" in their names are the splits, as in
// splits_by_file_name.  Option of the spec: first=N, the number of the first class (0).  Read into memory.
// Throws InputError.
std::shared_ptr<const Source> open_idx(const SourceSpec& spec, const std::vector<std::string>& images);

}  // namespace nudge::data
