#include "nudge/layers/zero_padding2d.h"

#include <fmt/format.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/option_types.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {
namespace {

struct Sides {
  int64_t before;
  int64_t after;
};

// One entry of the configuration's padding: p or [before, after].
Sides sides(const ConfigReader& reader, const Json& entry) {
  if (entry.is_number_integer()) return {entry.get<int64_t>(), entry.get<int64_t>()};
  if (entry.is_array() && entry.size() == 2 && entry[0].is_number_integer() && entry[1].is_number_integer()) {
    return {entry[0].get<int64_t>(), entry[1].get<int64_t>()};
  }
  throw InputError(reader.where() +
                   "'padding' in the configuration must be p, [p, q] or [[t, b], [l, r]], given " +
                   dump_json(entry));
}

}  // namespace

ZeroPadding2D::ZeroPadding2D(ZeroPadding2DOptions options)
    : ClonableLayer(options.name, "ZeroPadding2D"), options_(std::move(options)) {
  for (const int64_t side : {options_.top, options_.bottom, options_.left, options_.right}) {
    if (side < 0 || side > std::numeric_limits<int32_t>::max()) {
      throw ValueError(fmt::format("{}padding must not be negative or above 2^31, given {}", where(), side));
    }
  }
}

Json ZeroPadding2D::config() const {
  Json config = base_config();
  config["padding"] = Json::array(
      {Json::array({options_.top, options_.bottom}), Json::array({options_.left, options_.right})});
  config["data_format"] = "channels_last";
  return config;
}

LayerPtr ZeroPadding2D::from_config(const Json& config) {
  const ConfigReader reader(config, "ZeroPadding2D");
  reader.require_channels_last();
  const Json padding = reader.has("padding") ? config.at("padding") : Json(1);
  const bool pair = padding.is_array() && padding.size() == 2;
  const Sides rows = sides(reader, pair ? padding[0] : padding);
  const Sides columns = sides(reader, pair ? padding[1] : padding);
  return reader.make<ZeroPadding2D>(ZeroPadding2DOptions{.top = rows.before,
                                                         .bottom = rows.after,
                                                         .left = columns.before,
                                                         .right = columns.after,
                                                         .name = reader.name()});
}

std::vector<Shape> ZeroPadding2D::output_shapes(const std::vector<Shape>& inputs) const {
  Shape shape = single_input(inputs, 4);
  ops::check_definite(where(), shape);
  shape[1] += options_.top + options_.bottom;
  shape[2] += options_.left + options_.right;
  return {shape};
}

void ZeroPadding2D::expand(ops::Expansion& call) const {
  call.output(
      call.add(ops::Pad{options_.top, options_.bottom, options_.left, options_.right}, {call.input()}));
}

Tensor zero_padding2d(const Tensor& x, ZeroPadding2DOptions options) {
  return std::make_shared<ZeroPadding2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
