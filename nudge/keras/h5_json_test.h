// HDF5 data from its description as JSON, for fixtures that tests turn into files.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "nudge/base/array.h"
#include "nudge/base/json.h"
#include "nudge/keras/h5_file.h"

namespace nudge::keras {

// {"type": "float32", "shape": [2], "values": [1, 2]}
inline Array array_from_json(const Json& json) {
  const auto shape = json.at("shape").get<Shape>();
  if (json.at("type") == "int32") return Array::of(shape, json.at("values").get<std::vector<int32_t>>());
  return Array::of(shape, json.at("values").get<std::vector<float>>());
}

// {"attributes": {...}, "groups": {...}, "arrays": {...}}
inline void write_h5(H5Group group, const Json& json) {
  for (const auto& [name, value] : json.at("attributes").items()) {
    if (value.is_string()) {
      group.write_attribute(name, value.get<std::string>());
    } else {
      group.write_attribute(name, value.get<std::vector<std::string>>());
    }
  }
  for (const auto& [name, inner] : json.at("groups").items()) write_h5(group.make_group(name), inner);
  for (const auto& [name, array] : json.at("arrays").items()) group.write(name, array_from_json(array));
}

inline std::vector<std::byte> h5_from_json(const Json& json) {
  const H5File file = H5File::create("fixture.h5");
  write_h5(file.root(), json);
  return file.image();
}

}  // namespace nudge::keras
