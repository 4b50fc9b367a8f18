// Keras's global poolings of sequences and volumes: GlobalMaxPooling1D, ..., GlobalAveragePooling3D.
#pragma once

#include "nudge/layers/stateless_layer.h"
#include "nudge/ops/primitive.h"

namespace nudge::layers {

struct GlobalPoolingOptions {
  bool keepdims = false;  // true: the pooled dimensions stay, of size 1
  std::string name = "";  // empty: made from the class
};

// Over the N dimensions between the batch and the channels: (batch, channels).
template <ops::Reduction Of, size_t N>
class GlobalPooling : public StatelessLayer<GlobalPooling<Of, N>> {
 public:
  explicit GlobalPooling(GlobalPoolingOptions options = {});

  static std::string name_of_class();
  std::string class_name() const override { return name_of_class(); }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const GlobalPoolingOptions& options() const { return options_; }

 private:
  GlobalPoolingOptions options_;
};

using GlobalMaxPooling1D = GlobalPooling<ops::Reduction::kMax, 1>;
using GlobalMaxPooling3D = GlobalPooling<ops::Reduction::kMax, 3>;
using GlobalAveragePooling1D = GlobalPooling<ops::Reduction::kAverage, 1>;
using GlobalAveragePooling3D = GlobalPooling<ops::Reduction::kAverage, 3>;

Tensor global_average_pooling1d(const Tensor& x, GlobalPoolingOptions options = {});

}  // namespace nudge::layers
