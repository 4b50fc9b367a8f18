#include "nudge/kernels/product.h"

namespace nudge::kernels {

std::unique_ptr<ProductKind> make_product(const Geometry& geometry, bool bf16) {
  // Depthwise sums are short: their time goes into memory, which has bfloat16 either way.
  if (geometry.depthwise) return make_depthwise_product(geometry);
  if (geometry.pointwise) {
    return bf16 ? make_pointwise_pair_product(geometry) : make_pointwise_product(geometry);
  }
  return bf16 ? make_patch_pair_product(geometry) : make_patch_product(geometry);
}

}  // namespace nudge::kernels
