// What a block keeps between its calls, and the passes that they are made of.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "nudge/kernels/block/block.h"
#include "nudge/kernels/channels/channel_moments.h"
#include "nudge/kernels/channels/channel_passes.h"
#include "nudge/kernels/convolution/convolution.h"
#include "nudge/kernels/convolution/quantized_kernel.h"

namespace nudge::kernels {

using Floats = std::vector<float>;

struct Block::State {
  explicit State(const BlockOptions& options);

  // Throw ValueError when reals are not of the block's format, or an input is not given once.
  void check_format(const ConstReals& reals, const char* what) const;
  void check(const BlockInput& given, const Reals& place) const;
  // Whether the product of so many images is not saved.
  bool made_again(const BlockInput& given, int64_t images) const;

  ChannelAffine affine() const { return {shift.data(), gain.data(), offset.data()}; }
  int64_t rows() const { return batch * geometry.out_pixels(); }

  template <class Body>
  void for_each_chunk(const Body& body) const;
  const float* multiply_chunk(int64_t unit, int64_t stop) const;
  // The products of rows [first, first + count): as they were saved, or made again; without a product the
  // rows of the input themselves, in the block's format.
  ConstReals products(const BlockInput& from, int64_t first, int64_t count) const;
  int product_parts() const;
  ChannelMoments multiply(bool statistics);
  void pack_kernel();
  void apply(const ConstReals& products, int64_t first, int64_t count, const ActivationLimits& limits,
             const BlockOutput& output) const;
  // The same from products made once more, when they were not saved, or rounded before they were.
  void apply_again(const ActivationLimits& limits, const BlockOutput& output) const;
  void normalise(const BlockWeights& weights, bool training, const ChannelMoments& moments);
  MinMax min_max_of(const ChannelMoments& moments) const;

  // Sums of the masked gradient and of it times (saved - shift), per channel.
  struct GradientSums {
    std::vector<double> plain, centred;
    RangeSums range;
  };
  // `codes` of the output: null where the range's sums are not wanted.
  GradientSums reduce(const BlockInput& from, const ConstReals& dy, const ActivationLimits& limits,
                      const uint8_t* codes) const;
  void write_vector_gradients(const GradientSums& sums, const BlockGradients& gradients) const;
  void multiply_backward(const BlockInput& from, const BlockWeights& weights, const GradientRows& gradient,
                         const BlockGradients& gradients, const Reals& dx, bool accumulate_dx) const;

  BlockOptions options;
  Geometry geometry;
  std::unique_ptr<Convolution> product;
  int64_t channels;
  std::unique_ptr<QuantizedKernel> quantized;

  // Of the last forward.
  int64_t batch = 0;
  bool batch_statistics = false;  // normalised by the batch
  BlockInput input;
  ConvolutionKernel kernel;
  Panels kernel_pairs;
  Reals saved;
  bool has_grid = false;
  Grid grid;
  float input_scale = 1.0f;
  Floats scale;                // real value of 1 in `saved`, per channel
  Floats shift, gain, offset;  // see ChannelAffine
  Floats inverse_deviation;    // 1 / sqrt(variance + epsilon), in real units
  Floats gamma;
  Floats mean, variance;  // of the batch, in real units
};

}  // namespace nudge::kernels
