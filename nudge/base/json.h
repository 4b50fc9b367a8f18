// JSON values that keep the order of their keys, and typed access with errors that name the key.
//
// Only the forward declaration is here; include <nlohmann/json.hpp> where values are built or walked.
#pragma once

#include <cstdint>
#include <nlohmann/json_fwd.hpp>
#include <string>

namespace nudge {

using Json = nlohmann::ordered_json;

// Throws InputError with `where` (a file or what is parsed) and the position of the mistake.
Json parse_json(const std::string& text, const std::string& where);

// NaN and infinities, which JSON cannot hold, are written as null.
std::string dump_json(const Json& value, int indent = -1);

}  // namespace nudge
