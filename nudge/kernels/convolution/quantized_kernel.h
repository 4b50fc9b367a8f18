// The kernel of a block on its 8-bit grid, made anew in every step from the weights of that step.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "nudge/kernels/convolution/convolution.h"
#include "nudge/kernels/values/grid.h"

namespace nudge::kernels {

class QuantizedKernel {
 public:
  // One grid a channel, or one in all.  Throws ValueError unless bits is 2 to 8.
  QuantizedKernel(const Geometry& geometry, bool per_channel, int bits);

  // Takes the ranges from `values` and quantizes them.  `farthest` is the largest |code - zero point| of
  // the input when it is in codes, 0 when it is float.
  // Throws NumericError when a value is not finite.
  void update(const float* values, int64_t farthest);

  // Valid until the next update.
  const ConvolutionKernel& kernel() const { return kernel_; }
  std::span<const Grid> grids() const { return grids_; }
  // The real value of a step in each channel; 1 where all of a channel is zero.
  float scale(int64_t channel) const;

 private:
  // 127 of 8 bits.
  int64_t largest_step() const { return (int64_t{1} << (bits_ - 1)) - 1; }
  int64_t exact_rows(int64_t farthest) const;
  // Whether no channel's sum can leave 32 bits: with 8 bits all do below 66,000 rows, beyond that the weights
  // decide.
  bool fits_int32(int64_t farthest) const;

  // For integer products, where there is one for this kernel.
  void pack_depthwise();

  const Geometry& geometry_;
  int64_t rows_, channels_;
  bool per_channel_;
  int bits_;
  std::vector<Grid> grids_;
  std::vector<float> steps_;
  Int8Weights int8_;
  DepthwiseWeights depthwise_;
  ConvolutionKernel kernel_;
};

}  // namespace nudge::kernels
