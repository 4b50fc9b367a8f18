// Members of a model's configuration, with errors that say whose, which one, what is expected and what is
// given.
#pragma once

#include <string>

#include "nudge/base/json.h"

namespace nudge::keras {

// `who` starts every message: "layer 'conv': ".  All throw InputError when `object` is no object, lacks the
// key or holds another type under it.
const Json& member(const Json& object, const std::string& key, const std::string& who);
const Json& array_member(const Json& object, const std::string& key, const std::string& who);
const Json& object_member(const Json& object, const std::string& key, const std::string& who);
std::string text_member(const Json& object, const std::string& key, const std::string& who);
// These give the fallback where the key is absent or null.
std::string text_member(const Json& object, const std::string& key, const std::string& who,
                        const std::string& fallback);
bool flag_member(const Json& object, const std::string& key, const std::string& who, bool fallback);

// A value at the end of a message: one line of at most 60 characters.
std::string excerpt(const Json& value);

}  // namespace nudge::keras
