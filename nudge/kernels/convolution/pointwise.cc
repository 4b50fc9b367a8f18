#include <algorithm>

#include "nudge/kernels/convolution/convolution.h"
#include "nudge/kernels/convolution/multiply_rows.h"
#include "nudge/kernels/convolution/multiply_rows_bf16.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/cpu/scratch.h"
#include "nudge/kernels/matmul/matmul_bf16.h"
#include "nudge/kernels/matmul/matmul_f32.h"
#include "nudge/kernels/matmul/packing.h"

namespace nudge::kernels {
namespace {

// Of this many weights on, few rows do better with all threads on one product than with a part each.
constexpr int64_t kLargeKernel = 1 << 20;

// 1x1 convolutions of stride 1, and Dense.
class Pointwise : public Convolution {
 public:
  Pointwise(const Geometry& geometry, bool bf16) : Convolution(geometry), bf16_(bf16) {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels;
    // Input and product, or these with the gradients of both.  Forward the chunks of both precisions are the
    // same: the batch's statistics are sums of the same parts, to the bit.
    forward_chunk_ = chunk_pixels(k + n);
    backward_chunk_ = bf16 ? chunk_pixels(k + 3 * n / 2) : chunk_pixels(2 * k + 3 * n);
    forward_grain_ = std::max<int64_t>(24, kPartMultiplications / (k * n));
    backward_grain_ = std::max<int64_t>(24, forward_grain_ / 2);
    if (!bf16 && k * n >= kLargeKernel) {
      forward_grain_ = backward_grain_ = forward_chunk_ = backward_chunk_ = 1024;
    }
  }

  void forward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
               const MatmulOutput& out) const override {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels, m = end - begin;
    if (kernel.int8 != nullptr) {
      multiply_rows_int8(m, k, input.codes() + begin * k, k, input.zero_point(), *kernel.int8, out);
    } else if (input.bfloat16() != nullptr) {
      multiply_rows_bf16(input.bfloat16() + begin * k, m, k, k, kernel.pairs, n, out.floats);
    } else {
      multiply_rows(m, n, k, input.span(begin * k, m * k, scratch_floats(Scratch::kInput, m * k)), kernel,
                    out.floats);
    }
  }

  void backward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    if (bf16_) {
      backward_bf16(input, kernel, begin, end - begin, gradient, kernel_gradient, dx, accumulate_dx);
    } else {
      backward_f32(input, kernel, begin, end - begin, gradient, kernel_gradient, dx, accumulate_dx);
    }
  }

 private:
  void backward_f32(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t m,
                    const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                    bool accumulate_dx) const {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels;
    float* dy = scratch_floats(Scratch::kGradient, m * n);
    gradient.floats(begin, m, dy);
    if (kernel_gradient != nullptr) {
      const float* x = input.span(begin * k, m * k, scratch_floats(Scratch::kInput, m * k));
      matmul_f32(true, false, k, n, m, x, k, dy, n, 1.0f, kernel_gradient, n);
    }
    if (dx) {
      matmul_f32(false, true, m, k, n, dy, n, kernel.values, n, accumulate_dx ? 1.0f : 0.0f,
                 dx.f32 + begin * k, k);
    }
  }

  void backward_bf16(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t m,
                     const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                     bool accumulate_dx) const {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels;
    const InterleavedRows dy = paired_gradient(gradient, begin, m, n);
    if (kernel_gradient != nullptr) {
      uint32_t* x = scratch_words(Scratch::kInputPairs, pair_count(m) * k);
      if (input.codes() != nullptr) {
        interleave_rows(input.codes() + begin * k, m, k, input.zero_point(), x);
      } else {
        interleave_rows(input.bfloat16() + begin * k, m, k, k, x);
      }
      add_kernel_gradient(x, k, dy, n, m, kernel_gradient);
    }
    if (dx) input_gradient(dy, m, n, kernel, k, dx.at(begin * k), accumulate_dx);
  }

  bool bf16_;
};

}  // namespace

std::unique_ptr<Convolution> make_pointwise(const Geometry& geometry, bool bf16) {
  return std::make_unique<Pointwise>(geometry, bf16);
}

}  // namespace nudge::kernels
