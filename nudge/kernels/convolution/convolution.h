// The product of a block without what follows it: forward, and backward from the gradient of its output.
//
// Work is cut into units: a pixel where every output pixel is a product of one input pixel, else a row of
// the output image.
#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>

#include "nudge/kernels/channels/gradient_operands.h"
#include "nudge/kernels/convolution/depthwise_int8.h"
#include "nudge/kernels/convolution/geometry.h"
#include "nudge/kernels/matmul/matmul_int8.h"

namespace nudge::kernels {

// The kernel as the product takes it: (kernel_rows, out_channels) floats, whole numbers when quantized.
struct ConvolutionKernel {
  const float* values = nullptr;
  // Sums of at most this many kernel rows are exact in float; 0: no need to care.
  int64_t exact_rows = 0;
  // Whether every sum over the whole kernel fits 32 bits, whatever the codes.
  bool fits_int32 = true;
  // The same numbers in 8 bits where the processor multiplies them and the input is codes, else null: one
  // for matrix products, one for depthwise kernels.
  const Int8Weights* int8 = nullptr;
  const DepthwiseWeights* depthwise = nullptr;
  bool has_codes() const { return int8 != nullptr || depthwise != nullptr; }
  // The floats in panels of matmul_bf16.h, for a product that sums over rows and for one that sums over
  // channels, as Convolution::pack_transposed() makes them; null where no bfloat16 product needs them.
  const Panels* pairs = nullptr;
  const uint32_t* transposed_pairs = nullptr;
};

// What the products of a block compute in.
enum class Arithmetic {
  kFloat32,
  kBfloat16,  // backward, and forward from floats
  // Backward with the output's gradient as the sum of two bfloat16 numbers, where the input is codes: these
  // and whole-number weights are bfloat16 numbers as they are.  On processors with AMX only.
  kTwoBfloat16
};

// Write the gradient of the product's output for `count` pixels from `first` on (of the batch): dense floats,
// or what matmul_bf16.h multiplies.
struct GradientRows {
  std::function<void(int64_t first, int64_t count, float* out)> floats;
  std::function<void(int64_t first, int64_t count, const GradientOperands& out)> pairs;
};

class Convolution {
 public:
  virtual ~Convolution() = default;

  int64_t unit_pixels() const { return unit_pixels_; }
  int64_t units(int64_t batch) const { return batch * geometry_.out_pixels() / unit_pixels_; }
  // How many units one call should be given to keep its data in cache.
  int64_t forward_chunk() const { return forward_chunk_; }
  int64_t backward_chunk() const { return backward_chunk_; }
  // The fewest units worth a thread of their own, forward and backward.
  int64_t forward_grain() const { return forward_grain_; }
  int64_t backward_grain() const { return backward_grain_; }
  // Backward parts must begin at multiples of this many units.
  int64_t backward_align() const { return backward_align_; }

  // Whether backward takes floats for want of operands that are bfloat16 numbers.
  bool backward_in_float32(const ConvolutionKernel& kernel) const {
    return arithmetic_ == Arithmetic::kFloat32 ||
           (arithmetic_ == Arithmetic::kTwoBfloat16 && kernel.int8 == nullptr);
  }
  // The kernel of a product that sums over channels, in bfloat16: so many words, and these from its values.
  virtual int64_t transposed_words() const { return 0; }
  virtual void pack_transposed(const float* /*values*/, uint32_t* /*words*/) const {}

  // Units [begin, end), within one chunk, into `out`, which is where unit `begin` goes.  As codes only with
  // kernels that have their numbers in 8 bits.
  virtual void forward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
                       const MatmulOutput& out) const = 0;

  // Adds units [begin, end) to kernel_gradient (null: not wanted) and writes or adds the input's gradient
  // (absent: not wanted), which is in bfloat16 when the block is.  In two bfloat16 numbers with
  // transposed_pairs (if dx is wanted) and a kernel and input in 8 bits only. Parts that are aligned do not
  // touch the same memory of dx.
  virtual void backward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
                        const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                        bool accumulate_dx) const = 0;

 protected:
  explicit Convolution(const Geometry& geometry, Arithmetic arithmetic = Arithmetic::kFloat32)
      : geometry_(geometry), arithmetic_(arithmetic) {}

  const Geometry geometry_;
  const Arithmetic arithmetic_;
  int64_t unit_pixels_ = 1;
  int64_t forward_chunk_ = 1;
  int64_t backward_chunk_ = 1;
  int64_t forward_grain_ = 1;
  int64_t backward_grain_ = 1;
  int64_t backward_align_ = 1;
};

// Pixels of a chunk that moves so many floats each: half a megabyte of second-level cache.
inline int64_t chunk_pixels(int64_t floats) {
  return std::clamp<int64_t>(98304 / floats / 48 * 48, 96, 1008);
}

// The same for a backward pass in bfloat16 from k to n channels, in whole tiles of pairs.
inline int64_t backward_chunk_pixels(int64_t k, int64_t n) {
  return std::clamp<int64_t>(1310720 / (16 * n + 8 * k) / 32 * 32, 256, 1024);
}

// For a block that computes in `arithmetic`.
std::unique_ptr<Convolution> make_convolution(const Geometry& geometry, Arithmetic arithmetic);

// What it chooses from.  1x1 convolutions of stride 1 and Dense; any other Conv2D; DepthwiseConv2D; no
// product.
std::unique_ptr<Convolution> make_pointwise(const Geometry& geometry, Arithmetic arithmetic);
std::unique_ptr<Convolution> make_patches(const Geometry& geometry, Arithmetic arithmetic);
std::unique_ptr<Convolution> make_depthwise(const Geometry& geometry);
std::unique_ptr<Convolution> make_identity(const Geometry& geometry);

}  // namespace nudge::kernels
