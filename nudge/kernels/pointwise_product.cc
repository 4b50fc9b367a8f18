#include <algorithm>

#include "nudge/kernels/gemm.h"
#include "nudge/kernels/product.h"
#include "nudge/kernels/row_product.h"
#include "nudge/kernels/scratch.h"

namespace nudge::kernels {
namespace {

// Of this many weights on, few rows do better with all threads on one product than with a part each.
constexpr int64_t kLargeKernel = 1 << 20;

// 1x1 convolutions of stride 1, and Dense.
class PointwiseProduct : public ProductKind {
 public:
  explicit PointwiseProduct(const Geometry& geometry) : ProductKind(geometry) {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels;
    // Input and product, or these with the gradients of both.
    forward_chunk_ = chunk_pixels(k + n);
    backward_chunk_ = chunk_pixels(2 * k + 3 * n);
    forward_grain_ = backward_grain_ = k * n < kLargeKernel ? 24 : 1024;
    if (k * n >= kLargeKernel) forward_chunk_ = backward_chunk_ = 1024;
  }

  void forward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
               const ProductOutput& out) const override {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels, m = end - begin;
    if (kernel.quads != nullptr) {
      multiply_codes(m, k, input.codes() + begin * k, k, input.zero_point(), *kernel.quads, out);
    } else {
      multiply_rows(m, n, k, input.span(begin * k, m * k, scratch_floats(Scratch::kInput, m * k)), kernel,
                    out.floats);
    }
  }

  void backward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    const int64_t k = geometry_.in_channels, n = geometry_.out_channels, m = end - begin;
    float* dy = scratch_floats(Scratch::kGradient, m * n);
    gradient.floats(begin, m, dy);
    if (kernel_gradient != nullptr) {
      const float* x = input.span(begin * k, m * k, scratch_floats(Scratch::kInput, m * k));
      gemm(true, false, k, n, m, x, k, dy, n, 1.0f, kernel_gradient, n);
    }
    if (dx) {
      gemm(false, true, m, k, n, dy, n, kernel.values, n, accumulate_dx ? 1.0f : 0.0f, dx.f32 + begin * k, k);
    }
  }
};

}  // namespace

std::unique_ptr<ProductKind> make_pointwise_product(const Geometry& geometry) {
  return std::make_unique<PointwiseProduct>(geometry);
}

}  // namespace nudge::kernels
