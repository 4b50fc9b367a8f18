#include "nudge/layers/identity.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Identity::Identity(IdentityOptions options)
    : StatelessLayer(options.name, "Identity"), options_(std::move(options)) {}

Json Identity::config() const {
  Json config = base_config();
  return config;
}

LayerPtr Identity::from_config(const Json& config) {
  const ConfigReader reader(config, "Identity");
  return reader.make<Identity>(IdentityOptions{.name = reader.name()});
}

void Identity::expand(ops::Expansion& call) const { call.output(call.input()); }

Tensor identity(const Tensor& x, IdentityOptions options) {
  return std::make_shared<Identity>(std::move(options))->call(x);
}

}  // namespace nudge::layers
