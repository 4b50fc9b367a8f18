#include "nudge/layers/noise_shape.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::layers {

NoiseShape read_noise_shape(const ConfigReader& reader, const Json& config) {
  NoiseShape noise_shape;
  if (!reader.has("noise_shape")) return noise_shape;
  const Json& given = config.at("noise_shape");
  const auto wrong = [&] {
    return InputError(
        reader.where() +
        "'noise_shape' in the configuration must be a list of positive integers and nulls, given " +
        dump_json(given));
  };
  if (!given.is_array()) throw wrong();
  for (const Json& size : given) {
    if (!size.is_null() && !(size.is_number_integer() && size.get<int64_t>() > 0)) throw wrong();
    noise_shape.push_back(size.is_null() ? kUnknown : size.get<int64_t>());
  }
  return noise_shape;
}

Json noise_shape_json(const NoiseShape& noise_shape) {
  if (noise_shape.empty()) return nullptr;
  Json json = Json::array();
  for (const int64_t size : noise_shape) json.push_back(size == kUnknown ? Json(nullptr) : Json(size));
  return json;
}

void check_noise_shape(const std::string& where, const NoiseShape& noise_shape) {
  for (const int64_t size : noise_shape) {
    if (size == kUnknown || size > 0) continue;
    throw ValueError(fmt::format("{}noise_shape holds {}, its sizes must be positive", where, size));
  }
}

void check_noise_fits(const std::string& where, const NoiseShape& noise_shape, const Shape& input) {
  if (noise_shape.empty()) return;
  bool fits = noise_shape.size() == input.size();
  for (size_t i = 0; fits && i < input.size(); ++i) {
    fits = noise_shape[i] == kUnknown || noise_shape[i] == 1 || noise_shape[i] == input[i] ||
           input[i] == kUnknown;
  }
  if (fits) return;
  throw ShapeError(
      fmt::format("{}noise_shape {} does not spread over shape {}: each size is 1 or the input's", where,
                  to_string(noise_shape), to_string(input)));
}

}  // namespace nudge::layers
