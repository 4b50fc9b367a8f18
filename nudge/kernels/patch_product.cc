#include <algorithm>

#include "nudge/kernels/gemm.h"
#include "nudge/kernels/patches.h"
#include "nudge/kernels/product.h"
#include "nudge/kernels/row_product.h"
#include "nudge/kernels/scratch.h"

namespace nudge::kernels {
namespace {

// Any convolution, through patches.
class PatchProduct : public ProductKind {
 public:
  explicit PatchProduct(const Geometry& geometry) : ProductKind(geometry) {
    unit_pixels_ = geometry_.out_width;
    const int64_t row = geometry_.out_width * (geometry_.kernel_rows() + geometry_.out_channels);
    forward_chunk_ = backward_chunk_ = std::max<int64_t>({1, 131072 / row, 48 / geometry_.out_width});
    forward_grain_ = std::max<int64_t>(1, 16384 / row);
    backward_grain_ = backward_align_ = geometry_.out_height;
  }

  void forward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
               float* out) const override {
    const int64_t k = geometry_.kernel_rows(), n = geometry_.out_channels;
    const int64_t m = (end - begin) * geometry_.out_width;
    if (kernel.quads != nullptr) {
      const int64_t quads = (k + 3) / 4;
      auto* patches = reinterpret_cast<uint8_t*>(scratch_floats(Scratch::kPatches, m * quads + kPatchSlack));
      gather_patches(geometry_, input, begin, end, 4 * quads, patches);
      multiply_codes(m, k, patches, 4 * quads, input.zero_point(), *kernel.quads, out);
    } else {
      float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
      gather_patches(geometry_, input, begin, end, k, patches);
      multiply_rows(m, n, k, patches, kernel, out);
    }
  }

  void backward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    const int64_t k = geometry_.kernel_rows(), n = geometry_.out_channels;
    const int64_t m = (end - begin) * geometry_.out_width;
    float* dy = scratch_floats(Scratch::kGradient, m * n);
    gradient.floats(begin * geometry_.out_width, m, dy);
    float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
    if (kernel_gradient != nullptr) {
      gather_patches(geometry_, input, begin, end, k, patches);
      gemm(true, false, k, n, m, patches, k, dy, n, 1.0f, kernel_gradient, n);
    }
    if (!dx) return;
    gemm(false, true, m, k, n, dy, n, kernel.values, n, 0.0f, patches, k);
    for (int64_t unit = begin; unit < end; ++unit, patches += geometry_.out_width * k) {
      const int64_t image = unit / geometry_.out_height, oy = unit % geometry_.out_height;
      float* image_dx = dx.f32 + image * geometry_.in_image();
      if (oy == 0 && !accumulate_dx) std::fill_n(image_dx, geometry_.in_image(), 0.0f);
      scatter_patches(geometry_, patches, oy, image_dx);
    }
  }
};

}  // namespace

std::unique_ptr<ProductKind> make_patch_product(const Geometry& geometry) {
  return std::make_unique<PatchProduct>(geometry);
}

}  // namespace nudge::kernels
