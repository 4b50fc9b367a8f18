// WebDatasets: .tar files whose neighbours of one key are an item, "0017.jpg" and "0017.cls".
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "nudge/data/source.h"
#include "nudge/data/source_spec.h"

namespace nudge::data {

// The .tar files that `path` names: one, a pattern with * in the file's name, "shard-{000000..000004}.tar",
// or a folder of them; sorted, or none.  Throws InputError where one of a range is not there.
std::vector<std::string> tar_files(const std::string& path);

// Options of the spec:
//   image=ENDING  of the picture's name (any that a picture's may have)
//   label=ENDING  of the class's name ("cls"): a number, or a text, whose sorted values are the classes
//   first=N       the number of the first class (0)
// The names of the files say the splits where they are of several (splits_by_file_name), else balanced_splits
// are. Pictures are read from their places when they are asked for.  Items without a picture or a class, and
// what is behind a damaged header, are left out (Source::damaged).  Throws InputError where no item is left.
std::shared_ptr<const Source> open_web_dataset(const SourceSpec& spec, const std::vector<std::string>& files);

}  // namespace nudge::data
