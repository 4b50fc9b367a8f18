// Keras's UpSampling1D and UpSampling3D: each step or voxel repeated.
#pragma once

#include <array>

#include "nudge/layers/stateless_layer.h"

namespace nudge::layers {

template <size_t N>
struct UpSamplingOptions {
  std::array<int64_t, N> size{};  // how often along each dimension
  std::string name = "";          // empty: "up_sampling1d", ...
};

// Of the N dimensions between the batch and the channels.
template <size_t N>
class UpSampling : public StatelessLayer<UpSampling<N>> {
 public:
  explicit UpSampling(UpSamplingOptions<N> options);

  std::string class_name() const override { return "UpSampling" + std::to_string(N) + "D"; }
  Json config() const override;
  static LayerPtr from_config(const Json& config);
  void expand(ops::Expansion& call) const override;

  const UpSamplingOptions<N>& options() const { return options_; }

 private:
  UpSamplingOptions<N> options_;
};

using UpSampling1D = UpSampling<1>;
using UpSampling3D = UpSampling<3>;

}  // namespace nudge::layers
