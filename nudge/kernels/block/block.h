// The fused block: product + bias or BatchNormalization + activation + output quantizer, forward and
// backward.
//
// One object is one call of a layer in a step: create it once, use it every step.  A step is
//
//   MinMax range = block.forward_product(input, weights, batch, training, saved);  // may move an EMA now
//   block.forward_apply(output);                                                  // quantize with the new
//   grid
//   ...                                                                           // the rest of the model
//   block.backward(input, weights, dy, gradients, dx, accumulate_dx);             // same bytes as before
//
// All pointers belong to the caller and are read or written during the call only, except `saved`, which the
// block keeps from forward_product() to backward().  Tensors are dense NHWC with the batch first; kernels are
// Keras's: (h, w, in, out), depthwise (h, w, in, multiplier), Dense (in, units).
// An object must not be used by two threads at once; it uses the pool of threads itself.  The same inputs
// give the same bits at the same thread count.
//
// With 8-bit inputs and quantized weights the product is an integer one: the accumulators
// sum (x - zero_point) * w are exact (in float below 2^24, rounded once above), whichever way they were
// computed, and float32 `saved` holds them.
//
// With options.bf16 all floats but weights, statistics and sums are bfloat16: `saved`, dy, dx, float inputs
// and outputs without a grid.  Codes are still those of the accumulators: forward_apply() computes the
// product again, chunk by chunk, instead of rounding what `saved` rounded already.  Backward multiplies
// bfloat16 numbers and sums in float.
#pragma once

#include <cstdint>
#include <memory>
#include <span>

#include "nudge/kernels/channels/activation.h"
#include "nudge/kernels/channels/min_max.h"
#include "nudge/kernels/values/operand.h"
#include "nudge/kernels/values/range_gradient.h"

namespace nudge::kernels {

// kNone: the input itself, rows of channels, is what is normalised and activated; it has no kernel.
enum class BlockProduct { kConv2D, kDepthwiseConv2D, kDense, kNone };

struct BlockOptions {
  BlockProduct product = BlockProduct::kConv2D;

  // Of one image.  Dense and none: height = width = 1, and a batch is any number of rows.
  int64_t in_height = 1;
  int64_t in_width = 1;
  int64_t in_channels = 1;
  int64_t out_channels = 1;  // depthwise: in_channels * multiplier

  int64_t kernel_height = 1;
  int64_t kernel_width = 1;
  int64_t stride_height = 1;
  int64_t stride_width = 1;
  int64_t dilation_height = 1;
  int64_t dilation_width = 1;
  // Zeros around the input (in codes: the zero point); a ZeroPadding2D before the layer may be added here.
  int64_t pad_top = 0;
  int64_t pad_bottom = 0;
  int64_t pad_left = 0;
  int64_t pad_right = 0;

  bool bias = false;
  bool batch_norm = false;  // after the bias, over the last axis
  float epsilon = 1e-3f;
  double momentum = 0.99;
  BlockActivation activation;

  bool quantize_weights = false;  // symmetric, narrow, range taken from the weights of this very step
  bool per_channel = true;        // a weight range an output channel; false: one for the kernel
  int weight_bits = 8;            // 2 to 8
  bool track_range = false;       // forward_product() returns the range before the output quantizer

  bool bf16 = false;  // see above
};

// Keras's moving average.  1 - momentum is rounded once: from a float momentum of 0.999 it would be off by
// 1.3e-5.
inline float moved_average(float average, float batch, double momentum) {
  return average * static_cast<float>(momentum) + batch * static_cast<float>(1.0 - momentum);
}

using BlockInput = Operand;

// A pointer may be null where the options (or Keras's scale, center) leave the weight out.
struct BlockWeights {
  const float* kernel = nullptr;
  const float* bias = nullptr;
  const float* gamma = nullptr;      // null: ones
  const float* beta = nullptr;       // null: zeros
  float* moving_mean = nullptr;      // moved in training, read otherwise
  float* moving_variance = nullptr;  // by the biased batch variance, as Keras 3 does
};

// What forward_apply() writes: values, codes or both.  Without a grid the values are not rounded and codes
// must be null; values on a grid are float32.
struct BlockOutput {
  Reals values;
  uint8_t* codes = nullptr;
  const Grid* grid = nullptr;
};

// Null: not wanted.
struct BlockGradients {
  float* kernel = nullptr;
  float* bias = nullptr;
  float* gamma = nullptr;
  float* beta = nullptr;
  bool accumulate = false;  // add to what is there: a shared layer's second call
  // Of the range behind the output grid: always added to.  Wants the codes that forward_apply() wrote.
  RangeGradient* range = nullptr;
  const uint8_t* codes = nullptr;
};

class Block {
 public:
  // Throws ValueError on sizes that are not positive, on negative padding, on a kernel larger than the padded
  // input, on a depthwise out_channels that is no multiple of in_channels, or on weight bits out of range.
  explicit Block(const BlockOptions& options);
  ~Block();
  Block(Block&&) noexcept;
  Block& operator=(Block&&) noexcept;

  const BlockOptions& options() const;
  int64_t out_height() const;
  int64_t out_width() const;
  // In elements.
  int64_t input_size(int64_t batch) const;
  int64_t output_size(int64_t batch) const;
  int64_t kernel_size() const;
  // How many numbers `saved` must hold: none without a product, or where the product of this input is sooner
  // made again, in each pass that wants it, than written and read (few channels of codes in, more memory out
  // than a cache holds).  It must be absent then.
  int64_t saved_size(int64_t batch, const BlockInput& input) const;

  // Computes the product into `saved`, where that is not absent, with its statistics.  `training` normalises
  // by the batch and moves the moving averages; otherwise these are used (frozen or inference), and
  // backward() treats them as constants. Returns the exact range of what the output quantizer will see when
  // track_range is set, else {0, 0}; a NaN anywhere makes both limits NaN.  Throws NumericError when the
  // kernel to be quantized is not finite. ValueError when an input or `saved` is not of the block's format.
  MinMax forward_product(const BlockInput& input, const BlockWeights& weights, int64_t batch, bool training,
                         const Reals& saved);

  // Normalises, activates, quantizes and stores what forward_product() left.  `values` may be `saved` itself
  // only when backward() will not be called.  With options.bf16 and a grid it reads the input once more.
  void forward_apply(const BlockOutput& output);

  // From the gradient of the output to those of the weights and, unless `dx` is absent, of the input (in real
  // units, also for codes).  `accumulate_dx` adds to dx instead of overwriting it.  Straight through the
  // quantizers; zero outside the output grid and where the activation is flat.  dx must not overlap dy.
  // Call it after forward_apply(), with the same input and kernel bytes (before the optimizer moves them).
  // Throws ValueError when a range's gradient is wanted without codes.
  void backward(const BlockInput& input, const BlockWeights& weights, const ConstReals& dy,
                const BlockGradients& gradients, const Reals& dx, bool accumulate_dx = false);

  // Of the last forward: one a channel (one in all when not per_channel); empty without quantize_weights.
  std::span<const Grid> weight_grids() const;
  // Of the last forward with batch_norm in training, in real units; for tests and reports.
  std::span<const float> batch_mean() const;
  std::span<const float> batch_variance() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace nudge::kernels
