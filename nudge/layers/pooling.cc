#include "nudge/layers/pooling.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/one_dimension.h"

namespace nudge::layers {

template <ops::Reduction Of, size_t N>
std::string Pooling<Of, N>::name_of_class() {
  return (Of == ops::Reduction::kMax ? "MaxPooling" : "AveragePooling") + std::to_string(N) + "D";
}

template <ops::Reduction Of, size_t N>
Pooling<Of, N>::Pooling(PoolingOptions<N> options)
    : StatelessLayer<Pooling<Of, N>>(options.name, name_of_class()), options_(std::move(options)) {
  for (size_t i = 0; i < N; ++i) {
    ops::check_positive(this->where(), "pool_size", options_.pool_size[i]);
    if (options_.strides[i] == 0) options_.strides[i] = options_.pool_size[i];
    ops::check_positive(this->where(), "strides", options_.strides[i]);
  }
}

template <ops::Reduction Of, size_t N>
Json Pooling<Of, N>::config() const {
  Json config = this->base_config();
  config["pool_size"] = options_.pool_size;
  config["strides"] = options_.strides;
  config["padding"] = to_string(options_.padding);
  config["data_format"] = "channels_last";
  return config;
}

template <ops::Reduction Of, size_t N>
LayerPtr Pooling<Of, N>::from_config(const Json& config) {
  const ConfigReader reader(config, name_of_class());
  reader.require_channels_last();
  std::array<int64_t, N> two{}, none{};
  two.fill(2);
  return reader.make<Pooling<Of, N>>(PoolingOptions<N>{.pool_size = reader.lengths<N>("pool_size", two),
                                                       .strides = reader.lengths<N>("strides", none),
                                                       .padding = reader.padding(),
                                                       .name = reader.name()});
}

template <ops::Reduction Of, size_t N>
void Pooling<Of, N>::expand(ops::Expansion& call) const {
  if (call.shape(call.input()).size() != N + 2) {
    throw ShapeError(this->where() + "given the shape " + to_string(call.shape(call.input())));
  }
  ops::ValueId x = call.input();
  for (size_t i = 0; i < N; ++i) {
    const Window window{
        .size = {options_.pool_size[i], 1}, .strides = {options_.strides[i], 1}, .padding = options_.padding};
    const std::string place = i + 1 < N ? "pooled_" + std::to_string(i + 1) : "";
    x = along(call, x, i + 1, [&](ops::ValueId rows) {
      return call.add(ops::Pool{Of, window}, {rows}, place);
    });
  }
  call.output(x);
}

template class Pooling<ops::Reduction::kMax, 1>;
template class Pooling<ops::Reduction::kMax, 3>;
template class Pooling<ops::Reduction::kAverage, 1>;
template class Pooling<ops::Reduction::kAverage, 3>;

Tensor max_pooling1d(const Tensor& x, PoolingOptions<1> options) {
  return std::make_shared<MaxPooling1D>(std::move(options))->call(x);
}

Tensor average_pooling1d(const Tensor& x, PoolingOptions<1> options) {
  return std::make_shared<AveragePooling1D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
