#include "nudge/layers/center_crop.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

CenterCrop::CenterCrop(CenterCropOptions options)
    : StatelessLayer(options.name, "CenterCrop"), options_(std::move(options)) {
  ops::check_positive(where(), "size", options_.size);
}

Json CenterCrop::config() const {
  Json config = base_config();
  config["height"] = options_.size.height;
  config["width"] = options_.size.width;
  config["data_format"] = "channels_last";
  return config;
}

LayerPtr CenterCrop::from_config(const Json& config) {
  const ConfigReader reader(config, "CenterCrop");
  reader.require_channels_last();
  return reader.make<CenterCrop>(
      CenterCropOptions{.size = {reader.integer("height"), reader.integer("width")}, .name = reader.name()});
}

void CenterCrop::expand(ops::Expansion& call) const {
  const Shape image = call.shape(call.input());
  if (image.size() != 4 || image[1] < options_.size.height || image[2] < options_.size.width) {
    throw UnsupportedError(where() + "only images larger than the crop are supported, given shape " +
                           to_string(image));
  }
  Arithmetic make(call);
  const ops::ValueId rows =
      make.slice(call.input(), 1, (image[1] - options_.size.height) / 2, options_.size.height);
  call.output(make.slice(rows, 2, (image[2] - options_.size.width) / 2, options_.size.width));
}

Tensor center_crop(const Tensor& x, CenterCropOptions options) {
  return std::make_shared<CenterCrop>(std::move(options))->call(x);
}

}  // namespace nudge::layers
