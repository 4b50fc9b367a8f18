// Members of a configuration in JSON, with errors that say whose, which one, what is expected and what is
// given.
#pragma once

#include <cstdint>
#include <exception>
#include <string>

#include "nudge/base/json.h"
#include "nudge/base/shape.h"

namespace nudge {

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
double number_member(const Json& object, const std::string& key, const std::string& who, double fallback);
int64_t integer_member(const Json& object, const std::string& key, const std::string& who, int64_t fallback);

// A shape that is beside the point where it is not there or is none: then without dimensions.
Shape shape_or_nothing(const Json& json);

// What an error of the JSON library says, in words for people: "key 'units' not found".
std::string plain_words(const std::exception& error);

// A value at the end of a message: one line of at most 60 characters.
std::string excerpt(const Json& value);

}  // namespace nudge
