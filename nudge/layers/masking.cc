#include "nudge/layers/masking.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Masking::Masking(MaskingOptions options)
    : StatelessLayer(options.name, "Masking"), options_(std::move(options)) {}

Json Masking::config() const {
  Json config = base_config();
  config["mask_value"] = options_.mask_value;
  return config;
}

LayerPtr Masking::from_config(const Json& config) {
  const ConfigReader reader(config, "Masking");
  return reader.make<Masking>(
      MaskingOptions{.mask_value = reader.number("mask_value", 0.0), .name = reader.name()});
}

void Masking::expand(ops::Expansion& call) const {
  Arithmetic make(call);
  const ops::ValueId x = call.input();
  const int64_t last = static_cast<int64_t>(call.shape(x).size()) - 1;
  const ops::ValueId distance = make.apply(ops::Function::kAbs, make.affine(x, 1.0, -options_.mask_value));
  const ops::ValueId kept = make.greater(make.reduce(ops::Reduction::kMax, distance, {last}, true), 0.0);
  call.output(make.multiply(x, kept));
}

Tensor masking(const Tensor& x, MaskingOptions options) {
  return std::make_shared<Masking>(std::move(options))->call(x);
}

}  // namespace nudge::layers
