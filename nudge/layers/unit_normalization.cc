#include "nudge/layers/unit_normalization.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/standardize.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

UnitNormalization::UnitNormalization(UnitNormalizationOptions options)
    : StatelessLayer(options.name, "UnitNormalization"), options_(std::move(options)) {}

Json UnitNormalization::config() const {
  Json config = base_config();
  config["axis"] = options_.axes.size() == 1 ? Json(options_.axes[0]) : Json(options_.axes);
  return config;
}

LayerPtr UnitNormalization::from_config(const Json& config) {
  const ConfigReader reader(config, "UnitNormalization");
  return reader.make<UnitNormalization>(UnitNormalizationOptions{
      .axes = reader.has("axis") ? reader.integers("axis") : std::vector<int64_t>{-1},
      .name = reader.name()});
}

void UnitNormalization::expand(ops::Expansion& call) const {
  // x / sqrt(max(sum of squares, 1e-12)): Keras's epsilon of ops.normalize, squared.
  const std::vector<int64_t> axes = resolved_axes(where(), options_.axes, call.shape(call.input()));
  call.output(of_unit_length(call, call.input(), axes, 1e-12));
}

Tensor unit_normalization(const Tensor& x, UnitNormalizationOptions options) {
  return std::make_shared<UnitNormalization>(std::move(options))->call(x);
}

}  // namespace nudge::layers
