// Values that the tests of steps on codes start from.
#pragma once

#include <cstdint>
#include <vector>

#include "nudge/base/random.h"
#include "nudge/kernels/elementwise/fake_quant.h"

namespace nudge::kernels {

using Floats = std::vector<float>;
using Codes = std::vector<uint8_t>;

inline Floats normals(size_t n, uint64_t seed) {
  Random random(seed);
  Floats values(n);
  for (float& v : values) v = static_cast<float>(random.normal());
  return values;
}

inline Codes codes_of(const Floats& x, const Grid& grid) {
  Codes codes(x.size());
  quantize(x.data(), static_cast<int64_t>(x.size()), grid, codes.data());
  return codes;
}

}  // namespace nudge::kernels
