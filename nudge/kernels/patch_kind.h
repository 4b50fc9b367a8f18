// What convolutions through patches share in both precisions.
#pragma once

#include "nudge/kernels/patches.h"
#include "nudge/kernels/product.h"

namespace nudge::kernels {

class PatchKind : public ProductKind {
 protected:
  explicit PatchKind(const Geometry& geometry);

  // Pixels of output rows [begin, end), each of them a patch.
  int64_t pixels(int64_t begin, int64_t end) const { return (end - begin) * geometry_.out_width; }
  int64_t terms() const { return geometry_.kernel_rows(); }

  // From codes: with the kernel's codes where it has them, else as floats that are whole numbers; and from
  // floats.
  void multiply_patches(const InputRows& input, const ProductKernel& kernel, int64_t begin, int64_t end,
                        const ProductOutput& out) const;
};

}  // namespace nudge::kernels
