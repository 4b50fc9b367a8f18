#include "nudge/layers/zero_padding.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/one_dimension.h"

namespace nudge::layers {

template <size_t N>
ZeroPadding<N>::ZeroPadding(ZeroPaddingOptions<N> options)
    : StatelessLayer<ZeroPadding<N>>(options.name, "ZeroPadding" + std::to_string(N) + "D"),
      options_(std::move(options)) {
  for (const auto& [before, after] : options_.padding) {
    if (before < 0 || after < 0) throw ValueError(this->where() + "padding must not be negative");
  }
}

template <size_t N>
Json ZeroPadding<N>::config() const {
  Json config = this->base_config();
  config["padding"] = options_.padding;
  if (N == 1) config["padding"] = options_.padding[0];
  config["data_format"] = "channels_last";
  return config;
}

template <size_t N>
LayerPtr ZeroPadding<N>::from_config(const Json& config) {
  const ConfigReader reader(config, "ZeroPadding" + std::to_string(N) + "D");
  reader.require_channels_last();
  return reader.make<ZeroPadding<N>>(
      ZeroPaddingOptions<N>{.padding = reader.borders<N>("padding"), .name = reader.name()});
}

template <size_t N>
void ZeroPadding<N>::expand(ops::Expansion& call) const {
  if (call.shape(call.input()).size() != N + 2) {
    throw ShapeError(this->where() + "given the shape " + to_string(call.shape(call.input())));
  }
  ops::ValueId x = call.input();
  for (size_t i = 0; i < N; ++i) {
    const auto& [before, after] = options_.padding[i];
    x = along(call, x, i + 1,
              [&](ops::ValueId rows) { return call.add(ops::Pad{.top = before, .bottom = after}, {rows}); });
  }
  call.output(x);
}

template class ZeroPadding<1>;
template class ZeroPadding<3>;

}  // namespace nudge::layers
