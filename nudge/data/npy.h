// NumPy's .npy files (format 1 to 3): little-endian, C order.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

#include "nudge/base/array.h"

namespace nudge::data {

// `name` stands in messages.  Throws InputError on damage (sizes are checked before memory is taken),
// UnsupportedError on Fortran order, big-endian numbers or a type that Array has not.
Array decode_npy(std::span<const std::byte> bytes, const std::string& name);
Array read_npy(const std::string& path);
// Whether the name ends in .npy.
bool is_npy(const std::string& path);

std::vector<std::byte> encode_npy(const Array& array);
// Throws OutputError.
void write_npy(const std::string& path, const Array& array);

}  // namespace nudge::data
