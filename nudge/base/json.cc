#include "nudge/base/json.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge {

Json parse_json(const std::string& text, const std::string& where) {
  try {
    return Json::parse(text);
  } catch (const nlohmann::json::parse_error& error) {
    throw InputError(where + ": not valid JSON near byte " + std::to_string(error.byte));
  } catch (const nlohmann::json::out_of_range&) {
    throw InputError(where + ": not valid JSON: it holds a number that is too large");
  }
}

std::string dump_json(const Json& value, int indent) {
  return value.dump(indent, ' ', false, Json::error_handler_t::replace);
}

}  // namespace nudge
