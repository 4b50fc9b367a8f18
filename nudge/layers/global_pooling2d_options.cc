#include "nudge/layers/global_pooling2d_options.h"

#include <nlohmann/json.hpp>

#include "nudge/layers/option_types.h"

namespace nudge::layers {

void write_config(Json& config, const GlobalPooling2DOptions& options) {
  config["data_format"] = "channels_last";
  config["keepdims"] = options.keepdims;
}

GlobalPooling2DOptions global_pooling2d_options(const ConfigReader& reader) {
  reader.require_channels_last();
  return {.keepdims = reader.boolean("keepdims", false), .name = reader.name()};
}

Shape global_pooling2d_shape(const std::string& where, const Shape& input, bool keepdims) {
  ops::check_definite(where, input);
  if (keepdims) return {input[0], 1, 1, input[3]};
  return {input[0], input[3]};
}

}  // namespace nudge::layers
