#include "nudge/kernels/convolution/convolution.h"

namespace nudge::kernels {

std::unique_ptr<Convolution> make_convolution(const Geometry& geometry, Arithmetic arithmetic) {
  if (geometry.identity) return make_identity(geometry);
  // Depthwise sums are short: their time goes into memory, which has bfloat16 either way.
  if (geometry.depthwise) return make_depthwise(geometry);
  return geometry.pointwise ? make_pointwise(geometry, arithmetic) : make_patches(geometry, arithmetic);
}

}  // namespace nudge::kernels
