// Keras's poolings of sequences and volumes: MaxPooling1D, MaxPooling3D, AveragePooling1D, AveragePooling3D.
#pragma once

#include <array>

#include "nudge/layers/option_types.h"
#include "nudge/layers/stateless_layer.h"
#include "nudge/ops/primitive.h"

namespace nudge::layers {

template <size_t N>
struct PoolingOptions {
  std::array<int64_t, N> pool_size{};
  std::array<int64_t, N> strides{};   // 0: the pool size
  Padding padding = Padding::kValid;  // the padding is never part of a maximum or an average
  std::string name = "";              // empty: made from the class
};

// Over the N dimensions between the batch and the channels, one after the other.
template <ops::Reduction Of, size_t N>
class Pooling : public StatelessLayer<Pooling<Of, N>> {
 public:
  explicit Pooling(PoolingOptions<N> options);

  static std::string name_of_class();
  std::string class_name() const override { return name_of_class(); }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const PoolingOptions<N>& options() const { return options_; }

 private:
  PoolingOptions<N> options_;
};

using MaxPooling1D = Pooling<ops::Reduction::kMax, 1>;
using MaxPooling3D = Pooling<ops::Reduction::kMax, 3>;
using AveragePooling1D = Pooling<ops::Reduction::kAverage, 1>;
using AveragePooling3D = Pooling<ops::Reduction::kAverage, 3>;

Tensor max_pooling1d(const Tensor& x, PoolingOptions<1> options);
Tensor average_pooling1d(const Tensor& x, PoolingOptions<1> options);

}  // namespace nudge::layers
