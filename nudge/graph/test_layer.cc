#include "nudge/graph/test_layer.h"

#include <nlohmann/json.hpp>

namespace nudge {

Json Blend::config() const {
  Json json = base_config();
  json["units"] = options_.units;
  return json;
}

LayerPtr Blend::from_config(const Json& config) {
  return std::make_shared<Blend>(
      BlendOptions{.units = config.at("units").get<int64_t>(), .name = config.value("name", "")});
}

}  // namespace nudge
