// Keras's adaptive poolings, to a given size: AdaptiveAveragePooling1D, ..., AdaptiveMaxPooling3D.
#pragma once

#include <array>

#include "nudge/layers/stateless_layer.h"
#include "nudge/ops/primitive.h"

namespace nudge::layers {

template <size_t N>
struct AdaptivePoolingOptions {
  std::array<int64_t, N> output_size{};
  std::string name = "";  // empty: made from the class
};

// Element i of n is pooled from elements floor(i * size / n) up to ceil((i + 1) * size / n), along each of
// the N dimensions between the batch and the channels.
template <ops::Reduction Of, size_t N>
class AdaptivePooling : public StatelessLayer<AdaptivePooling<Of, N>> {
 public:
  explicit AdaptivePooling(AdaptivePoolingOptions<N> options);

  static std::string name_of_class();
  std::string class_name() const override { return name_of_class(); }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const AdaptivePoolingOptions<N>& options() const { return options_; }

 private:
  AdaptivePoolingOptions<N> options_;
};

using AdaptiveMaxPooling1D = AdaptivePooling<ops::Reduction::kMax, 1>;
using AdaptiveMaxPooling2D = AdaptivePooling<ops::Reduction::kMax, 2>;
using AdaptiveMaxPooling3D = AdaptivePooling<ops::Reduction::kMax, 3>;
using AdaptiveAveragePooling1D = AdaptivePooling<ops::Reduction::kAverage, 1>;
using AdaptiveAveragePooling2D = AdaptivePooling<ops::Reduction::kAverage, 2>;
using AdaptiveAveragePooling3D = AdaptivePooling<ops::Reduction::kAverage, 3>;

}  // namespace nudge::layers
