// Arrays without NaN and infinity, which nothing that is computed from them survives.
#pragma once

#include <string>

#include "nudge/base/array.h"

namespace nudge {

// The first value that is not finite and where it stands, "[3, 2, 0] is nan"; "" where all are, as integers
// always are.
std::string first_not_finite(const Array& array);

// Throws InputError "WHERE: [3, 2, 0] is nan, all values must be finite".
void check_finite(const Array& array, const std::string& where);

}  // namespace nudge
