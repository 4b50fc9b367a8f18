#include <algorithm>

#include "nudge/kernels/gemm.h"
#include "nudge/kernels/patch_kind.h"
#include "nudge/kernels/scratch.h"

namespace nudge::kernels {
namespace {

// Any convolution, through patches.
class PatchProduct : public PatchKind {
 public:
  explicit PatchProduct(const Geometry& geometry) : PatchKind(geometry) {}

  void forward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
               const ProductOutput& out) const override {
    multiply_patches(input, kernel, begin, end, out);
  }

  void backward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    const int64_t k = terms(), n = geometry_.out_channels, m = pixels(begin, end);
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
