// Data sets that a table lists: a path, a class and perhaps a part of the data an image.
#pragma once

#include <memory>
#include <string>

#include "nudge/data/source.h"
#include "nudge/data/source_spec.h"

namespace nudge::data {

// Whether the name ends in .csv or .tsv (whose cells tabs part).
bool is_csv(const std::string& path);

// The first row names the columns where it names no image.  Options of the spec:
//   image=COLUMN  paths, from the table's folder ("image", "path", "file" or "filename"; the first)
//   label=COLUMN  classes ("label" or "class"; the second)
//   split=COLUMN  train, validation (or val) or test ("split"; the third), else balanced_splits
//   first=N       the number of the first class (0), where classes are numbers
// Throws InputError naming the line.
std::shared_ptr<const Source> open_csv(const SourceSpec& spec);

}  // namespace nudge::data
