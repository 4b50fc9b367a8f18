#include "nudge/base/json.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge {
namespace {

// Far above what a model or a history needs; a value takes some 50 bytes of memory.
constexpr size_t kMaxBytes = size_t{64} << 20;
constexpr int kMaxDepth = 200;
constexpr int64_t kMaxValues = 2'000'000;

}  // namespace

Json parse_json(const std::string& text, const std::string& where) {
  const std::string larger = where + ": holds more JSON than nudge reads: ";
  if (text.size() > kMaxBytes) throw InputError(larger + std::to_string(text.size()) + " bytes");
  int64_t values = 0;
  const auto check = [&](int depth, Json::parse_event_t, const Json&) {
    if (depth > kMaxDepth) throw InputError(larger + "nested " + std::to_string(depth) + " deep");
    if (++values > kMaxValues) throw InputError(larger + "over " + std::to_string(kMaxValues) + " values");
    return true;
  };
  try {
    return Json::parse(text, check);
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
