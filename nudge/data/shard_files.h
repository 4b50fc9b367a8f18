// The files of a data set that comes in several, by a name that stands for all of them.
#pragma once

#include <functional>
#include <string>
#include <vector>

namespace nudge::data {

// Those that are `wanted` by their names of: a file; a folder; a pattern, in which * stands for any
// characters of a file's name; or a range "x-{00..11}.y", of which each must be there.  Sorted, or none.
// Throws InputError naming a file of a range that is missing.
std::vector<std::string> shard_files(const std::string& path,
                                     const std::function<bool(const std::string& name)>& wanted);

}  // namespace nudge::data
