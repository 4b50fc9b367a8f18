#include "nudge/layers/up_sampling.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/one_dimension.h"

namespace nudge::layers {

template <size_t N>
UpSampling<N>::UpSampling(UpSamplingOptions<N> options)
    : StatelessLayer<UpSampling<N>>(options.name, "UpSampling" + std::to_string(N) + "D"),
      options_(std::move(options)) {
  for (const int64_t size : options_.size) ops::check_positive(this->where(), "size", size);
}

template <size_t N>
Json UpSampling<N>::config() const {
  Json config = this->base_config();
  config["size"] = options_.size;
  if (N == 1) config["size"] = options_.size[0];
  if (N > 1) config["data_format"] = "channels_last";
  return config;
}

template <size_t N>
LayerPtr UpSampling<N>::from_config(const Json& config) {
  const ConfigReader reader(config, "UpSampling" + std::to_string(N) + "D");
  reader.require_channels_last();
  std::array<int64_t, N> two{};
  two.fill(2);
  return reader.make<UpSampling<N>>(
      UpSamplingOptions<N>{.size = reader.lengths<N>("size", two), .name = reader.name()});
}

template <size_t N>
void UpSampling<N>::expand(ops::Expansion& call) const {
  const Shape& shape = call.shape(call.input());
  if (shape.size() != N + 2) throw ShapeError(this->where() + "given the shape " + to_string(shape));
  ops::ValueId x = call.input();
  for (size_t i = 0; i < N; ++i) {
    x = along(call, x, i + 1, [&](ops::ValueId image) {
      const Shape& rows = call.shape(image);
      return call.add(ops::Resize{{rows[1] * options_.size[i], rows[2]}}, {image});
    });
  }
  call.output(x);
}

template class UpSampling<1>;
template class UpSampling<3>;

}  // namespace nudge::layers
