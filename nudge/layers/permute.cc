#include "nudge/layers/permute.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

Permute::Permute(PermuteOptions options)
    : StatelessLayer(options.name, "Permute"), options_(std::move(options)) {
  std::vector<int64_t> sorted = options_.dims;
  std::sort(sorted.begin(), sorted.end());
  for (size_t i = 0; i < sorted.size(); ++i) {
    if (sorted[i] != static_cast<int64_t>(i) + 1)
      throw ValueError(where() + "dims must be 1, 2, ... in any order");
  }
}

Json Permute::config() const {
  Json config = base_config();
  config["dims"] = options_.dims;
  return config;
}

LayerPtr Permute::from_config(const Json& config) {
  const ConfigReader reader(config, "Permute");
  return reader.make<Permute>(PermuteOptions{.dims = reader.integers("dims"), .name = reader.name()});
}

void Permute::expand(ops::Expansion& call) const {
  std::vector<int64_t> order{0};
  order.insert(order.end(), options_.dims.begin(), options_.dims.end());
  if (order.size() != call.shape(call.input()).size()) {
    throw ShapeError(where() + "dims do not fit the shape " + to_string(call.shape(call.input())));
  }
  call.output(Arithmetic(call).transpose(call.input(), order));
}

Tensor permute(const Tensor& x, PermuteOptions options) {
  return std::make_shared<Permute>(std::move(options))->call(x);
}

}  // namespace nudge::layers
