// Which nudge this is.
#pragma once

#include <string_view>

namespace nudge {

// "MAJOR.MINOR.PATCH".  Before 1.0 a new MINOR may break programs, a new PATCH does not.
std::string_view version();

}  // namespace nudge
