#include "nudge/keras/config_member.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::keras {
namespace {

constexpr size_t kExcerptLength = 60;

[[noreturn]] void wrong_type(const std::string& key, const std::string& who, const char* expected,
                             const Json& given) {
  throw InputError(who + "'" + key + "' in the configuration must be " + expected + ", given " +
                   excerpt(given));
}

bool is_given(const Json& object, const std::string& key, const std::string& who) {
  if (!object.is_object()) {
    throw InputError(who + "the configuration must be a JSON object, given " + excerpt(object));
  }
  const auto found = object.find(key);
  return found != object.end() && !found->is_null();
}

}  // namespace

const Json& member(const Json& object, const std::string& key, const std::string& who) {
  if (!is_given(object, key, who)) throw InputError(who + "the configuration lacks '" + key + "'");
  return *object.find(key);
}

const Json& array_member(const Json& object, const std::string& key, const std::string& who) {
  const Json& value = member(object, key, who);
  if (!value.is_array()) wrong_type(key, who, "a list", value);
  return value;
}

const Json& object_member(const Json& object, const std::string& key, const std::string& who) {
  const Json& value = member(object, key, who);
  if (!value.is_object()) wrong_type(key, who, "an object", value);
  return value;
}

std::string text_member(const Json& object, const std::string& key, const std::string& who) {
  const Json& value = member(object, key, who);
  if (!value.is_string()) wrong_type(key, who, "a string", value);
  return value.get<std::string>();
}

std::string text_member(const Json& object, const std::string& key, const std::string& who,
                        const std::string& fallback) {
  return is_given(object, key, who) ? text_member(object, key, who) : fallback;
}

bool flag_member(const Json& object, const std::string& key, const std::string& who, bool fallback) {
  if (!is_given(object, key, who)) return fallback;
  const Json& value = member(object, key, who);
  if (!value.is_boolean()) wrong_type(key, who, "true or false", value);
  return value.get<bool>();
}

std::string excerpt(const Json& value) {
  // A whole configuration may be large; its first members say what it is.
  std::string text = dump_json(value);
  return text.size() <= kExcerptLength ? text : text.substr(0, kExcerptLength) + "...";
}

}  // namespace nudge::keras
