// A set of named arrays as HDF5 data: optimizer state, range history and whatever else rides along.
#pragma once

#include <map>
#include <string>

#include "nudge/base/array.h"
#include "nudge/keras/h5_file.h"

namespace nudge::keras {

using NamedArrays = std::map<std::string, Array>;

// A '/' in a name makes groups: "optimizer/conv/kernel/velocity".  Throws ValueError when a name is empty,
// has an empty part, or is also the beginning of another.
void write_arrays(const H5Group& group, const NamedArrays& arrays);

// Every array below `group`, under the names they were written by.
NamedArrays read_arrays(const H5Group& group);

}  // namespace nudge::keras
