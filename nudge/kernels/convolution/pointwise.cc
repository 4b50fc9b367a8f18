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
  Pointwise(const Geometry& geometry, Arithmetic arithmetic) : Convolution(geometry, arithmetic) {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels;
    // Input and product, or these with the gradients of both.  Forward the chunks of both precisions are the
    // same: the batch's statistics are sums of the same parts, to the bit.
    forward_chunk_ = chunk_pixels(k + n);
    const bool in_float32 = arithmetic == Arithmetic::kFloat32;
    backward_chunk_ = in_float32 ? chunk_pixels(2 * k + 3 * n) : backward_chunk_pixels(k, n);
    forward_grain_ = std::max<int64_t>(24, kPartMultiplications / (k * n));
    backward_grain_ = std::max<int64_t>(24, forward_grain_ / 2);
    if (in_float32 && k * n >= kLargeKernel) {
      forward_grain_ = backward_grain_ = forward_chunk_ = backward_chunk_ = 1024;
    }
  }

  void forward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
               const MatmulOutput& out) const override {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels, m = end - begin;
    if (kernel.int8 != nullptr) {
      multiply_rows_int8(m, k, input.codes() + begin * k, k, input.zero_point(), *kernel.int8, out);
    } else if (input.bfloat16() != nullptr) {
      multiply_rows_bf16(input.bfloat16() + begin * k, m, k, k, *kernel.pairs, n, out.floats);
    } else {
      multiply_rows(m, n, k, input.span(begin * k, m * k, scratch_floats(Scratch::kInput, m * k)), kernel,
                    out.floats);
    }
  }

  int64_t transposed_words() const override {
    return words_in_panels(pair_count(geometry_.out_channels), geometry_.in_channels);
  }
  void pack_transposed(const float* values, uint32_t* words) const override {
    const int64_t k = geometry_.in_channels;
    pack_transposed_pairs(values, k, geometry_.out_channels, k, words);
  }

  void backward(const InputRows& input, const ConvolutionKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    if (backward_in_float32(kernel)) {
      backward_f32(input, kernel, begin, end - begin, gradient, kernel_gradient, dx, accumulate_dx);
    } else {
      backward_bf16(input, kernel, begin, end - begin, gradient, kernel_gradient, dx, accumulate_dx);
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
    const GradientOperands dy = gradient_operands(gradient, begin, m, n, arithmetic_);
    if (kernel_gradient != nullptr) {
      RowsToTurn x{.codes = input.codes(), .zero = input.zero_point(), .rows = m, .pitch = k};
      if (x.codes != nullptr) {
        x.codes += begin * k;
      } else {
        x.halves = input.bfloat16() + begin * k;
      }
      add_kernel_gradient(x, k, dy, n, kernel_gradient);
    }
    if (!dx) return;
    Bf16Matmul product = input_gradient(dy, m, n, kernel.transposed_pairs, k);
    product.c = dx.at(begin * k);
    product.c_row = k;
    product.accumulate = accumulate_dx;
    matmul_bf16(product);
  }
};

}  // namespace

std::unique_ptr<Convolution> make_pointwise(const Geometry& geometry, Arithmetic arithmetic) {
  return std::make_unique<Pointwise>(geometry, arithmetic);
}

}  // namespace nudge::kernels
