// NumPy's .npz files: zip archives of .npy arrays, stored or deflated.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "nudge/base/array.h"

namespace nudge::data {

// What goes into a file, in this order; names without ".npy".
using NamedArrays = std::vector<std::pair<std::string, Array>>;
// What comes out of one, by name.
using Archive = std::map<std::string, Array>;

// Throws InputError and UnsupportedError as decode_npy does, naming file and array.
Archive read_npz(const std::string& path);

// Deflated where `compress`.  Throws OutputError.
void write_npz(const std::string& path, const NamedArrays& arrays, bool compress = false);

}  // namespace nudge::data
