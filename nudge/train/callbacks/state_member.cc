#include "nudge/train/callbacks/state_member.h"

#include <nlohmann/json.hpp>

#include "nudge/base/json_member.h"

namespace nudge::train {

Json optional_json(const std::optional<double>& value) { return value ? Json(*value) : Json(nullptr); }

std::optional<double> optional_member(const Json& object, const std::string& key, const std::string& who) {
  if (object.is_object() && object.contains(key) && object.at(key).is_null()) return std::nullopt;
  member(object, key, who);
  return number_member(object, key, who, 0.0);
}

}  // namespace nudge::train
