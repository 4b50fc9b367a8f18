// NumPy's .npz files: zip archives of .npy arrays, stored or deflated.
#pragma once

#include <map>
#include <string>

#include "nudge/base/array.h"

namespace nudge::data {

// Arrays by name, without ".npy".
using Archive = std::map<std::string, Array>;

// Throws InputError and UnsupportedError as decode_npy does, naming file and array.
Archive read_npz(const std::string& path);

// Deflated where `compress`.  Throws OutputError.
void write_npz(const std::string& path, const Archive& arrays, bool compress = false);

}  // namespace nudge::data
