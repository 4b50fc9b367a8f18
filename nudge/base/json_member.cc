#include "nudge/base/json_member.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"

namespace nudge {
namespace {

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

double number_member(const Json& object, const std::string& key, const std::string& who, double fallback) {
  if (!is_given(object, key, who)) return fallback;
  const Json& value = member(object, key, who);
  if (!value.is_number()) wrong_type(key, who, "a number", value);
  return value.get<double>();
}

int64_t integer_member(const Json& object, const std::string& key, const std::string& who, int64_t fallback) {
  if (!is_given(object, key, who)) return fallback;
  const Json& value = member(object, key, who);
  if (!value.is_number_integer()) wrong_type(key, who, "an integer", value);
  return value.get<int64_t>();
}

Shape shape_or_nothing(const Json& json) {
  Shape shape;
  if (!json.is_array()) return shape;
  for (const Json& dimension : json) {
    const bool known = dimension.is_number_integer() && dimension.get<int64_t>() >= 0;
    if (!known && !dimension.is_null()) return {};
    shape.push_back(known ? dimension.get<int64_t>() : kUnknown);
  }
  return shape;
}

std::string plain_words(const std::exception& error) {
  // "[json.exception.type_error.302] type must be ..."
  const std::string text = error.what();
  const size_t end = text.starts_with('[') ? text.find("] ") : std::string::npos;
  return end == std::string::npos ? text : text.substr(end + 2);
}

std::string excerpt(const Json& value) {
  // A whole configuration may be large; its first members say what it is.
  return excerpt(dump_json(value));
}

}  // namespace nudge
