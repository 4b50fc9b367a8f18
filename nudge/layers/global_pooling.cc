#include "nudge/layers/global_pooling.h"

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/layers/config_reader.h"
#include "nudge/ops/expansion.h"

namespace nudge::layers {

template <ops::Reduction Of, size_t N>
std::string GlobalPooling<Of, N>::name_of_class() {
  return (Of == ops::Reduction::kMax ? "GlobalMaxPooling" : "GlobalAveragePooling") + std::to_string(N) + "D";
}

template <ops::Reduction Of, size_t N>
GlobalPooling<Of, N>::GlobalPooling(GlobalPoolingOptions options)
    : StatelessLayer<GlobalPooling<Of, N>>(options.name, name_of_class()), options_(std::move(options)) {}

template <ops::Reduction Of, size_t N>
Json GlobalPooling<Of, N>::config() const {
  Json config = this->base_config();
  config["data_format"] = "channels_last";
  config["keepdims"] = options_.keepdims;
  return config;
}

template <ops::Reduction Of, size_t N>
LayerPtr GlobalPooling<Of, N>::from_config(const Json& config) {
  const ConfigReader reader(config, name_of_class());
  reader.require_channels_last();
  return reader.make<GlobalPooling<Of, N>>(
      GlobalPoolingOptions{.keepdims = reader.boolean("keepdims", false), .name = reader.name()});
}

template <ops::Reduction Of, size_t N>
void GlobalPooling<Of, N>::expand(ops::Expansion& call) const {
  const Shape shape = call.shape(call.input());
  if (shape.size() != N + 2) throw ShapeError(this->where() + "given the shape " + to_string(shape));
  // As an image, whose mean files hold as a convolution.
  int64_t pixels = 1;
  for (size_t i = 1; i <= N; ++i) pixels *= shape[i];
  const ops::ValueId image = call.add(ops::Reshape{{shape[0], pixels, 1, shape.back()}}, {call.input()});
  const ops::ValueId pooled = call.add(ops::Reduce{.of = Of}, {image});
  if (!options_.keepdims) return call.output(pooled);
  Shape kept(N + 2, 1);
  kept.front() = shape.front();
  kept.back() = shape.back();
  call.output(call.add(ops::Reshape{kept}, {pooled}));
}

template class GlobalPooling<ops::Reduction::kMax, 1>;
template class GlobalPooling<ops::Reduction::kMax, 3>;
template class GlobalPooling<ops::Reduction::kAverage, 1>;
template class GlobalPooling<ops::Reduction::kAverage, 3>;

Tensor global_average_pooling1d(const Tensor& x, GlobalPoolingOptions options) {
  return std::make_shared<GlobalAveragePooling1D>(std::move(options))->call(x);
}

}  // namespace nudge::layers
