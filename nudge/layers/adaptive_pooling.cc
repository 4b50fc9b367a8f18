#include "nudge/layers/adaptive_pooling.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/arithmetic.h"
#include "nudge/layers/config_reader.h"
#include "nudge/layers/one_dimension.h"

namespace nudge::layers {
namespace {

// The rows of an image, pooled to `size`.
ops::ValueId pooled_rows(ops::Expansion& call, ops::Reduction of, ops::ValueId image, int64_t size,
                         const std::string& place) {
  const int64_t rows = call.shape(image)[1];
  if (rows % size == 0) {
    const ops::Window window{.size = {rows / size, 1}, .strides = {rows / size, 1}};
    return call.add(ops::Pool{of, window}, {image}, place);
  }
  Arithmetic make(call);
  std::vector<ops::ValueId> parts;
  for (int64_t i = 0; i < size; ++i) {
    const int64_t begin = i * rows / size, end = ((i + 1) * rows + size - 1) / size;
    const ops::ValueId part = make.slice(image, 1, begin, end - begin);
    parts.push_back(make.reduce(
        of, part, {1}, true, place.empty() ? "part_" + std::to_string(i) : place + "_" + std::to_string(i)));
  }
  return make.concatenate(parts, 1, place);
}

}  // namespace

template <ops::Reduction Of, size_t N>
std::string AdaptivePooling<Of, N>::name_of_class() {
  return (Of == ops::Reduction::kMax ? "AdaptiveMaxPooling" : "AdaptiveAveragePooling") + std::to_string(N) +
         "D";
}

template <ops::Reduction Of, size_t N>
AdaptivePooling<Of, N>::AdaptivePooling(AdaptivePoolingOptions<N> options)
    : StatelessLayer<AdaptivePooling<Of, N>>(options.name, name_of_class()), options_(std::move(options)) {
  for (const int64_t size : options_.output_size) ops::check_positive(this->where(), "output_size", size);
}

template <ops::Reduction Of, size_t N>
Json AdaptivePooling<Of, N>::config() const {
  Json config = this->base_config();
  config["output_size"] = options_.output_size;
  config["data_format"] = "channels_last";
  return config;
}

template <ops::Reduction Of, size_t N>
LayerPtr AdaptivePooling<Of, N>::from_config(const Json& config) {
  const ConfigReader reader(config, name_of_class());
  reader.require_channels_last();
  return reader.make<AdaptivePooling<Of, N>>(
      AdaptivePoolingOptions<N>{.output_size = reader.lengths<N>("output_size", {}), .name = reader.name()});
}

template <ops::Reduction Of, size_t N>
void AdaptivePooling<Of, N>::expand(ops::Expansion& call) const {
  const Shape& shape = call.shape(call.input());
  if (shape.size() != N + 2) throw ShapeError(this->where() + "given the shape " + to_string(shape));
  ops::ValueId x = call.input();
  for (size_t i = 0; i < N; ++i) {
    const int64_t size = options_.output_size[i];
    const std::string place = i + 1 < N ? "pooled_" + std::to_string(i + 1) : "";
    x = along(call, x, i + 1, [&](ops::ValueId image) { return pooled_rows(call, Of, image, size, place); });
  }
  call.output(x);
}

template class AdaptivePooling<ops::Reduction::kMax, 1>;
template class AdaptivePooling<ops::Reduction::kMax, 2>;
template class AdaptivePooling<ops::Reduction::kMax, 3>;
template class AdaptivePooling<ops::Reduction::kAverage, 1>;
template class AdaptivePooling<ops::Reduction::kAverage, 2>;
template class AdaptivePooling<ops::Reduction::kAverage, 3>;

}  // namespace nudge::layers
