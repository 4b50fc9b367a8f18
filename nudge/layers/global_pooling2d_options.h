// What GlobalAveragePooling2D and GlobalMaxPooling2D share.
#pragma once

#include <string>

#include "nudge/base/json.h"
#include "nudge/base/shape.h"
#include "nudge/layers/config_reader.h"

namespace nudge::layers {

struct GlobalPooling2DOptions {
  bool keepdims = false;  // true: (batch, 1, 1, channels) instead of (batch, channels)
  std::string name = "";  // empty: made from the class
};

void write_config(Json& config, const GlobalPooling2DOptions& options);
GlobalPooling2DOptions global_pooling2d_options(const ConfigReader& reader);
// `input` is NHWC; throws ShapeError when its image has no definite size.
Shape global_pooling2d_shape(const std::string& where, const Shape& input, bool keepdims);

}  // namespace nudge::layers
