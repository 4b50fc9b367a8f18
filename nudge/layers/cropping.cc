#include "nudge/layers/cropping.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

template <size_t N>
Cropping<N>::Cropping(CroppingOptions<N> options)
    : StatelessLayer<Cropping<N>>(options.name, "Cropping" + std::to_string(N) + "D"),
      options_(std::move(options)) {
  for (const auto& [before, after] : options_.cropping) {
    if (before < 0 || after < 0) throw ValueError(this->where() + "cropping must not be negative");
  }
}

template <size_t N>
Json Cropping<N>::config() const {
  Json config = this->base_config();
  config["cropping"] = options_.cropping;
  if (N == 1) config["cropping"] = options_.cropping[0];
  if (N > 1) config["data_format"] = "channels_last";
  return config;
}

template <size_t N>
LayerPtr Cropping<N>::from_config(const Json& config) {
  const ConfigReader reader(config, "Cropping" + std::to_string(N) + "D");
  reader.require_channels_last();
  return reader.make<Cropping<N>>(
      CroppingOptions<N>{.cropping = reader.borders<N>("cropping"), .name = reader.name()});
}

template <size_t N>
void Cropping<N>::expand(ops::Expansion& call) const {
  const Shape& whole = call.shape(call.input());
  if (whole.size() != N + 2) throw ShapeError(this->where() + "given the shape " + to_string(whole));
  ops::Slice slice;
  for (const int64_t size : whole) slice.parts.push_back({0, size, 1});
  for (size_t i = 0; i < N; ++i) {
    const auto& [before, after] = options_.cropping[i];
    slice.parts[i + 1] = {before, whole[i + 1] - before - after, 1};
    if (slice.parts[i + 1].count < 1) {
      throw ShapeError(this->where() + "leaves nothing of the shape " + to_string(whole));
    }
  }
  call.output(call.add(std::move(slice), {call.input()}));
}

template class Cropping<1>;
template class Cropping<2>;
template class Cropping<3>;

Tensor cropping2d(const Tensor& x, CroppingOptions<2> options) {
  return std::make_shared<Cropping2D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
