#include "nudge/base/json.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge {
namespace {

// Far above what a model or a history needs; a value takes some 50 bytes of memory.
constexpr size_t kMaxBytes = size_t{64} << 20;
constexpr int kMaxDepth = 200;
constexpr int64_t kMaxValues = 2'000'000;

// Before anything is made of the text.  The library's own callback, which could count too, takes a time
// that grows with the square of a list's length.
void check_extent(const std::string& text, const std::string& larger) {
  if (text.size() > kMaxBytes) throw InputError(larger + std::to_string(text.size()) + " bytes");
  int depth = 0;
  int64_t values = 0;
  bool in_string = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (in_string) {
      if (c == '\\') ++i;  // what follows is part of the string
      in_string = c != '"';
      continue;
    }
    const bool opens = c == '[' || c == '{';
    if (c == '"') in_string = true;
    if (opens && ++depth > kMaxDepth) throw InputError(larger + "nested " + std::to_string(depth) + " deep");
    if (c == ']' || c == '}') --depth;
    if ((opens || c == ',' || c == ':') && ++values > kMaxValues) {
      throw InputError(larger + "over " + std::to_string(kMaxValues) + " values");
    }
  }
}

}  // namespace

Json parse_json(const std::string& text, const std::string& where) {
  check_extent(text, where + ": holds more JSON than nudge reads: ");
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
