#include <algorithm>

#include "nudge/kernels/pair_gemm.h"
#include "nudge/kernels/pair_product.h"
#include "nudge/kernels/product.h"
#include "nudge/kernels/row_product.h"
#include "nudge/kernels/scratch.h"
#include "nudge/kernels/steps.h"

namespace nudge::kernels {
namespace {

// 1x1 convolutions of stride 1, and Dense, in bfloat16.
class PointwisePairProduct : public ProductKind {
 public:
  explicit PointwisePairProduct(const Geometry& geometry) : ProductKind(geometry) {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels;
    // Forward in the float32 product's chunks: the batch's statistics are sums of the same parts, to the bit.
    forward_chunk_ = chunk_pixels(k + n);
    backward_chunk_ = chunk_pixels(k + 3 * n / 2);
    forward_grain_ = backward_grain_ = 24;
  }

  void forward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
               const ProductOutput& out) const override {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels, m = end - begin;
    if (kernel.quads != nullptr) {
      multiply_codes(m, k, input.codes() + begin * k, k, input.zero_point(), *kernel.quads, out);
    } else if (input.codes() != nullptr) {
      multiply_rows(m, n, k, input.span(begin * k, m * k, scratch_floats(Scratch::kInput, m * k)), kernel,
                    out.floats);
    } else {
      multiply_bfloat16(input.bfloat16() + begin * k, m, k, k, kernel.pairs, n, out.floats);
    }
  }

  void backward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels, m = end - begin;
    const PairedRows dy = paired_gradient(gradient, begin, m, n);
    if (kernel_gradient != nullptr) {
      uint32_t* x = scratch_words(Scratch::kInputPairs, pair_count(m) * k);
      if (input.codes() != nullptr) {
        weave_rows(input.codes() + begin * k, m, k, input.zero_point(), x);
      } else {
        weave_rows(input.bfloat16() + begin * k, m, k, k, x);
      }
      add_kernel_gradient(x, k, dy, n, m, kernel_gradient);
    }
    if (dx) input_gradient(dy, m, n, kernel, k, dx.at(begin * k), accumulate_dx);
  }
};

}  // namespace

std::unique_ptr<ProductKind> make_pointwise_pair_product(const Geometry& geometry) {
  return std::make_unique<PointwisePairProduct>(geometry);
}

}  // namespace nudge::kernels
