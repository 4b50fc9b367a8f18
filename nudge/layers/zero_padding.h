// Keras's ZeroPadding1D and ZeroPadding3D: zeros around sequences and volumes.
#pragma once

#include <array>

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

template <size_t N>
struct ZeroPaddingOptions {
  std::array<std::array<int64_t, 2>, N> padding{};  // before and after, of each dimension
  std::string name = "";                            // empty: "zero_padding1d", ...
};

// Of the N dimensions between the batch and the channels.
template <size_t N>
class ZeroPadding : public StatelessLayer<ZeroPadding<N>> {
 public:
  explicit ZeroPadding(ZeroPaddingOptions<N> options);

  std::string class_name() const override { return "ZeroPadding" + std::to_string(N) + "D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const ZeroPaddingOptions<N>& options() const { return options_; }

 private:
  ZeroPaddingOptions<N> options_;
};

using ZeroPadding1D = ZeroPadding<1>;
using ZeroPadding3D = ZeroPadding<3>;

}  // namespace nudge::layers
