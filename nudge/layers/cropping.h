// Keras's Cropping1D, Cropping2D and Cropping3D: borders cut off.
#pragma once

#include <array>

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

template <size_t N>
struct CroppingOptions {
  std::array<std::array<int64_t, 2>, N> cropping{};  // before and after, of each dimension
  std::string name = "";                             // empty: "cropping2d", ...
};

// Of the N dimensions between the batch and the channels.
template <size_t N>
class Cropping : public StatelessLayer<Cropping<N>> {
 public:
  explicit Cropping(CroppingOptions<N> options);

  std::string class_name() const override { return "Cropping" + std::to_string(N) + "D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const CroppingOptions<N>& options() const { return options_; }

 private:
  CroppingOptions<N> options_;
};

using Cropping1D = Cropping<1>;
using Cropping2D = Cropping<2>;
using Cropping3D = Cropping<3>;

Tensor cropping2d(const Tensor& x, CroppingOptions<2> options);

}  // namespace nudge::layers
