// The files of a data set that comes in shards: "flowers.tfrecord-00000-of-00004" and its three siblings.
#pragma once

#include <string>
#include <vector>

namespace nudge::data {

// "x.tfrecord", "x.tfrecords", "x.tfrecord-00000-of-00004" or another name with such an ending.
bool is_record_file(const std::string& path);

// Whether that is a pattern, a folder that holds such files, or one or the first of them by name: sorted, or
// none.  In a pattern * stands for any characters of a file's name.  Throws InputError where shards are
// missing, of a pattern what it names is taken as it is.
std::vector<std::string> record_files(const std::string& path);

}  // namespace nudge::data
