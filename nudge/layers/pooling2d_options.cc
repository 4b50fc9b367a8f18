#include "nudge/layers/pooling2d_options.h"

#include <nlohmann/json.hpp>

namespace nudge::layers {

Pooling2DOptions checked(const std::string& where, Pooling2DOptions options) {
  if (options.strides == Size2(0)) options.strides = options.pool_size;
  ops::check_positive(where, "pool_size", options.pool_size);
  ops::check_positive(where, "strides", options.strides);
  return options;
}

Window window_of(const Pooling2DOptions& options) {
  return {.size = options.pool_size, .strides = options.strides, .padding = options.padding};
}

void write_config(Json& config, const Pooling2DOptions& options) {
  config["pool_size"] = to_json(options.pool_size);
  config["padding"] = to_string(options.padding);
  config["strides"] = to_json(options.strides);
  config["data_format"] = "channels_last";
}

Pooling2DOptions pooling2d_options(const ConfigReader& reader) {
  reader.require_channels_last();
  const Pooling2DOptions defaults;
  return {.pool_size = reader.size("pool_size", defaults.pool_size),
          .strides = reader.size("strides", defaults.strides),
          .padding = reader.padding(),
          .name = reader.name()};
}

}  // namespace nudge::layers
