#include "nudge/kernels/patch_kind.h"

#include <algorithm>

#include "nudge/kernels/row_product.h"
#include "nudge/kernels/scratch.h"

namespace nudge::kernels {

PatchKind::PatchKind(const Geometry& geometry) : ProductKind(geometry) {
  unit_pixels_ = geometry_.out_width;
  const int64_t row = geometry_.out_width * (terms() + geometry_.out_channels);
  forward_chunk_ = backward_chunk_ = std::max<int64_t>({1, 131072 / row, 48 / geometry_.out_width});
  forward_grain_ = std::max<int64_t>(1, 16384 / row);
  backward_grain_ = backward_align_ = geometry_.out_height;
}

void PatchKind::multiply_patches(const InputRows& input, const ProductKernel& kernel, int64_t begin,
                                 int64_t end, const ProductOutput& out) const {
  const int64_t k = terms(), m = pixels(begin, end);
  if (kernel.quads != nullptr) {
    const int64_t quads = (k + 3) / 4;
    auto* patches = reinterpret_cast<uint8_t*>(scratch_words(Scratch::kPatches, m * quads + kPatchSlack));
    gather_patches(geometry_, input, begin, end, 4 * quads, patches);
    multiply_codes(m, k, patches, 4 * quads, input.zero_point(), *kernel.quads, out);
  } else {
    float* patches = scratch_floats(Scratch::kPatches, m * k + kPatchSlack);
    gather_patches(geometry_, input, begin, end, k, patches);
    multiply_rows(m, geometry_.out_channels, k, patches, kernel, out.floats);
  }
}

}  // namespace nudge::kernels
