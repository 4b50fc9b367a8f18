#include <algorithm>

#include "nudge/kernels/pair_gemm.h"
#include "nudge/kernels/pair_product.h"
#include "nudge/kernels/patch_kind.h"
#include "nudge/kernels/scratch.h"
#include "nudge/kernels/steps.h"

namespace nudge::kernels {
namespace {

// Any convolution, through patches, in bfloat16.
class PatchPairProduct : public PatchKind {
 public:
  explicit PatchPairProduct(const Geometry& geometry) : PatchKind(geometry) {}

  void forward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
               const ProductOutput& out) const override {
    if (input.codes() != nullptr) return multiply_patches(input, kernel, begin, end, out);
    multiply_bfloat16(halves(input, begin, end), pixels(begin, end), terms(), 2 * pair_count(terms()),
                      kernel.pairs, geometry_.out_channels, out.floats);
  }

  void backward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    const int64_t k = terms(), n = geometry_.out_channels, m = pixels(begin, end);
    const PairedRows dy = paired_gradient(gradient, begin * geometry_.out_width, m, n);
    if (kernel_gradient != nullptr) {
      uint32_t* x = scratch_words(Scratch::kInputPairs, pair_count(m) * k);
      weave_rows(halves(input, begin, end), m, k, 2 * pair_count(k), x);
      add_kernel_gradient(x, k, dy, n, m, kernel_gradient);
    }
    if (!dx) return;
    float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
    input_gradient(dy, m, n, kernel, k, patches, false);
    // An image's gradient is summed in floats; the parts of a batch are whole images, one after the other.
    float* sums = scratch_floats(Scratch::kPatchGradients, geometry_.in_image());
    for (int64_t unit = begin; unit < end; ++unit, patches += geometry_.out_width * k) {
      const int64_t image = unit / geometry_.out_height, oy = unit % geometry_.out_height;
      if (oy == 0) std::fill_n(sums, geometry_.in_image(), 0.0f);
      scatter_patches(geometry_, patches, oy, sums);
      if (oy + 1 < geometry_.out_height) continue;
      Bfloat16* image_dx = dx.bf16 + image * geometry_.in_image();
      const int64_t size = geometry_.in_image();
      accumulate_dx ? add_to_bfloat16(sums, size, image_dx) : round_to_bfloat16(sums, size, image_dx);
    }
  }

 private:
  // Patches of an even pitch.
  const Bfloat16* halves(const InputRows& input, int64_t begin, int64_t end) const {
    const int64_t pitch = 2 * pair_count(terms());
    const int64_t words = pixels(begin, end) * pitch / 2;
    auto* patches = reinterpret_cast<Bfloat16*>(scratch_words(Scratch::kPatches, words + kPatchSlack));
    gather_patches(geometry_, input, begin, end, pitch, patches);
    return patches;
  }
};

}  // namespace

std::unique_ptr<ProductKind> make_patch_pair_product(const Geometry& geometry) {
  return std::make_unique<PatchPairProduct>(geometry);
}

}  // namespace nudge::kernels
