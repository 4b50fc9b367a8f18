#include <algorithm>

#include "nudge/kernels/pair_gemm.h"
#include "nudge/kernels/pair_product.h"
#include "nudge/kernels/patches.h"
#include "nudge/kernels/row_product.h"
#include "nudge/kernels/scratch.h"
#include "nudge/kernels/steps.h"

namespace nudge::kernels {
namespace {

// Any convolution, through patches, in bfloat16.
class PatchPairProduct : public ProductKind {
 public:
  explicit PatchPairProduct(const Geometry& geometry) : ProductKind(geometry) {
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
      auto* patches = reinterpret_cast<uint8_t*>(scratch_words(Scratch::kPatches, m * quads + kPatchSlack));
      gather_patches(geometry_, input, begin, end, 4 * quads, patches);
      multiply_codes(m, k, patches, 4 * quads, input.zero_point(), *kernel.quads, out);
    } else if (input.codes() != nullptr) {
      float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
      gather_patches(geometry_, input, begin, end, k, patches);
      multiply_rows(m, n, k, patches, kernel, out);
    } else {
      multiply_bfloat16(halves(input, begin, end), m, k, 2 * pair_count(k), kernel.pairs, n, out);
    }
  }

  void backward(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
                const GradientRows& gradient, float* kernel_gradient, const Reals& dx,
                bool accumulate_dx) const override {
    const int64_t k = geometry_.kernel_rows(), n = geometry_.out_channels;
    const int64_t m = (end - begin) * geometry_.out_width;
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
    const int64_t pitch = 2 * pair_count(geometry_.kernel_rows());
    const int64_t words = (end - begin) * geometry_.out_width * pitch / 2;
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
