// Numbers that may be missing, as callbacks keep them in their states.
#pragma once

#include <optional>
#include <string>

#include "nudge/base/json.h"

namespace nudge::train {

Json optional_json(const std::optional<double>& value);

// Throws InputError, as the functions of json_member.h; an absent key is an error, too.
std::optional<double> optional_member(const Json& object, const std::string& key, const std::string& who);

}  // namespace nudge::train
