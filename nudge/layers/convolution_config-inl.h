// What convolutions of every kind and number of dimensions share: their options as Keras writes them, and
// checks.
#pragma once

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <string>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"

namespace nudge::layers {

inline Json size_json(int64_t size) { return Json::array({size}); }
inline Json size_json(Size2 size) { return to_json(size); }
inline Json size_json(const Size3& size) { return size; }

inline int64_t read_size(const ConfigReader& reader, const std::string& key, int64_t fallback) {
  return reader.length(key, fallback);
}
inline Size2 read_size(const ConfigReader& reader, const std::string& key, Size2 fallback) {
  return reader.size(key, fallback);
}
inline Size3 read_size(const ConfigReader& reader, const std::string& key, Size3 fallback) {
  return reader.size3(key, fallback);
}

inline void check_positive_sizes(const std::string& where, const char* what, const Size3& sizes) {
  for (const int64_t size : sizes) ops::check_positive(where, what, size);
}
inline void check_positive_sizes(const std::string& where, const char* what, const auto& size) {
  ops::check_positive(where, what, size);
}

// In Keras's order.
template <typename Options>
void write_convolution(Json& config, const Options& options) {
  if constexpr (requires { options.filters; }) config["filters"] = options.filters;
  config["kernel_size"] = size_json(options.kernel_size);
  config["strides"] = size_json(options.strides);
  config["padding"] = to_string(options.padding);
  if constexpr (requires { options.causal; }) {
    if (options.causal) config["padding"] = "causal";
  }
  config["data_format"] = "channels_last";
  if constexpr (requires { options.dilation_rate; }) {
    config["dilation_rate"] = size_json(options.dilation_rate);
  } else {
    config["output_padding"] = nullptr;
    config["dilation_rate"] = size_json(Options{}.strides);
  }
  if constexpr (requires { options.groups; }) config["groups"] = options.groups;
  if constexpr (requires { options.depth_multiplier; }) config["depth_multiplier"] = options.depth_multiplier;
  config["activation"] = to_string(options.activation);
  config["use_bias"] = options.use_bias;
  const auto write = [&config](const char* key, const Initializer& initializer) {
    config[key] = initializer.to_json();
  };
  if constexpr (requires { options.kernel_initializer; }) {
    write("kernel_initializer", options.kernel_initializer);
  }
  if constexpr (requires { options.depthwise_initializer; }) {
    write("depthwise_initializer", options.depthwise_initializer);
  }
  if constexpr (requires { options.pointwise_initializer; }) {
    write("pointwise_initializer", options.pointwise_initializer);
  }
  write("bias_initializer", options.bias_initializer);
}

template <typename Options>
Options read_convolution(const ConfigReader& reader) {
  reader.require_channels_last();
  Options options;
  options.name = reader.name();
  options.kernel_size = read_size(reader, "kernel_size", options.kernel_size);
  options.strides = read_size(reader, "strides", options.strides);
  options.activation = reader.activation();
  options.use_bias = reader.boolean("use_bias", options.use_bias);
  options.bias_initializer = reader.initializer("bias_initializer", options.bias_initializer);
  if constexpr (requires { options.filters; }) options.filters = reader.integer("filters");
  if constexpr (requires { options.groups; }) options.groups = reader.integer("groups", options.groups);
  if constexpr (requires { options.depth_multiplier; }) {
    options.depth_multiplier = reader.integer("depth_multiplier", options.depth_multiplier);
  }
  bool causal = false;
  if constexpr (requires { options.causal; }) {
    options.causal = causal = reader.text("padding", "valid") == "causal";
  }
  if (!causal) options.padding = reader.padding();
  if constexpr (requires { options.dilation_rate; }) {
    options.dilation_rate = read_size(reader, "dilation_rate", options.dilation_rate);
  } else if (reader.has("output_padding") ||
             read_size(reader, "dilation_rate", Options{}.strides) != Options{}.strides) {
    throw UnsupportedError(reader.where() + "output_padding and dilation_rate are not supported");
  }
  const auto read = [&reader](const char* key, Initializer& initializer) {
    initializer = reader.initializer(key, initializer);
  };
  if constexpr (requires { options.kernel_initializer; })
    read("kernel_initializer", options.kernel_initializer);
  if constexpr (requires { options.depthwise_initializer; }) {
    read("depthwise_initializer", options.depthwise_initializer);
  }
  if constexpr (requires { options.pointwise_initializer; }) {
    read("pointwise_initializer", options.pointwise_initializer);
  }
  return options;
}

// Throws ValueError on a size below 1 and groups that do not divide the filters.
template <typename Options>
void check_convolution(const std::string& where, const Options& options) {
  check_positive_sizes(where, "kernel_size", options.kernel_size);
  check_positive_sizes(where, "strides", options.strides);
  if constexpr (requires { options.filters; }) ops::check_positive(where, "filters", options.filters);
  if constexpr (requires { options.dilation_rate; }) {
    check_positive_sizes(where, "dilation_rate", options.dilation_rate);
  }
  if constexpr (requires { options.depth_multiplier; }) {
    ops::check_positive(where, "depth_multiplier", options.depth_multiplier);
  }
  if constexpr (requires { options.groups; }) {
    ops::check_positive(where, "groups", options.groups);
    if (options.filters % options.groups != 0) {
      throw ValueError(
          fmt::format("{}groups {} does not divide filters {}", where, options.groups, options.filters));
    }
  }
}

}  // namespace nudge::layers
