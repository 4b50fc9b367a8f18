#include "nudge/base/version.h"

namespace nudge {

std::string_view version() { return NUDGE_VERSION; }

}  // namespace nudge
