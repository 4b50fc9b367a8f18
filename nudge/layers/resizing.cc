#include "nudge/layers/resizing.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Resizing::Resizing(ResizingOptions options)
    : StatelessLayer(options.name, "Resizing"), options_(std::move(options)) {
  ops::check_positive(where(), "size", options_.size);
}

Json Resizing::config() const {
  Json config = base_config();
  config["height"] = options_.size.height;
  config["width"] = options_.size.width;
  config["interpolation"] = to_string(options_.interpolation);
  config["data_format"] = "channels_last";
  return config;
}

LayerPtr Resizing::from_config(const Json& config) {
  const ConfigReader reader(config, "Resizing");
  reader.require_channels_last();
  for (const char* option : {"crop_to_aspect_ratio", "pad_to_aspect_ratio", "antialias"}) {
    if (reader.boolean(option, false)) throw UnsupportedError(reader.where() + option + " is not supported");
  }
  return reader.make<Resizing>(ResizingOptions{.size = {reader.integer("height"), reader.integer("width")},
                                               .interpolation = reader.interpolation("bilinear"),
                                               .name = reader.name()});
}

void Resizing::expand(ops::Expansion& call) const {
  if (call.shape(call.input()).size() != 4) {
    throw ShapeError(where() + "expected images, given shape " + to_string(call.shape(call.input())));
  }
  call.output(call.add(ops::Resize{options_.size, options_.interpolation}, {call.input()}));
}

Tensor resizing(const Tensor& x, ResizingOptions options) {
  return std::make_shared<Resizing>(std::move(options))->call(x);
}

}  // namespace nudge::layers
