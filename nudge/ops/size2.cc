#include "nudge/ops/size2.h"

#include <nlohmann/json.hpp>

namespace nudge::ops {

std::string to_string(Size2 size) { return std::to_string(size.height) + "x" + std::to_string(size.width); }

Json to_json(Size2 size) { return Json::array({size.height, size.width}); }

}  // namespace nudge::ops
