#include "nudge/layers/elu.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

ELU::ELU(ELUOptions options) : StatelessLayer(options.name, "ELU"), options_(std::move(options)) {}

Json ELU::config() const {
  Json config = base_config();
  config["alpha"] = options_.alpha;
  return config;
}

LayerPtr ELU::from_config(const Json& config) {
  const ConfigReader reader(config, "ELU");
  return reader.make<ELU>(ELUOptions{.alpha = reader.number("alpha", 1.0), .name = reader.name()});
}

void ELU::expand(ops::Expansion& call) const {
  Arithmetic make(call);
  const ops::ValueId x = call.input();
  if (options_.alpha == 1.0) return call.output(make.apply(ops::Function::kElu, x));
  const ops::ValueId above = call.add(ops::Activate{{.function = ops::Function::kRelu}}, {x});
  const ops::ValueId below =
      call.add(ops::Activate{{.function = ops::Function::kClip, .max_value = 0.0}}, {x});
  call.output(make.add(above, make.affine(make.apply(ops::Function::kElu, below), options_.alpha, 0.0)));
}

Tensor elu(const Tensor& x, ELUOptions options) { return std::make_shared<ELU>(std::move(options))->call(x); }

}  // namespace nudge::layers
