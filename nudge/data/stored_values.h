// The types in which sources store arrays, whatever a file holds.
#pragma once

#include <string>

#include "nudge/base/array.h"

namespace nudge::data {

// Bytes stay bytes, other integers become int32, the rest float32; warns of numbers whose squares are beyond
// float32.  Throws InputError, starting with `where`, when a number is not finite or out of range.
Array as_stored(const Array& array, const std::string& where);

// The type of that.
DataType stored_type(DataType type);

}  // namespace nudge::data
