// What MaxPooling2D and AveragePooling2D share: options, configuration and shape.
#pragma once

#include <string>

#include "nudge/base/json.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/option_types.h"

namespace nudge::layers {

struct Pooling2DOptions {
  Size2 pool_size = 2;
  Size2 strides = 0;                  // 0: the pool size, and a layer's options() then say so
  Padding padding = Padding::kValid;  // the padding is never part of a maximum or an average
  std::string name = "";              // empty: made from the class
};

// With strides resolved.  Throws ValueError on options out of range.
Pooling2DOptions checked(const std::string& where, Pooling2DOptions options);
Window window_of(const Pooling2DOptions& options);
void write_config(Json& config, const Pooling2DOptions& options);
Pooling2DOptions pooling2d_options(const ConfigReader& reader);

}  // namespace nudge::layers
