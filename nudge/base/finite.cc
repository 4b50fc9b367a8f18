#include "nudge/base/finite.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <vector>

#include "nudge/base/error.h"

namespace nudge {
namespace {

// "[3, 2, 0]" of the element at `index`.
std::string place(const Shape& shape, int64_t index) {
  std::vector<int64_t> at(shape.size());
  for (size_t d = shape.size(); d-- > 0;) {
    at[d] = index % shape[d];
    index /= shape[d];
  }
  return fmt::format("[{}]", fmt::join(at, ", "));
}

// NaN and infinity have every bit of the exponent set.
template <typename T, typename Bits, Bits kExponent>
std::string first_in(const Array& array) {
  const auto values = array.span<T>();
  constexpr size_t kBlock = 1024;  // without branches, as few arrays hold any
  for (size_t begin = 0; begin < values.size(); begin += kBlock) {
    const auto block = values.subspan(begin, std::min(kBlock, values.size() - begin));
    bool all_finite = true;
    for (const T value : block) all_finite &= (std::bit_cast<Bits>(value) & kExponent) != kExponent;
    if (all_finite) continue;
    const auto found =
        std::find_if(block.begin(), block.end(), [](T value) { return !std::isfinite(value); });
    const auto index = static_cast<int64_t>(begin) + (found - block.begin());
    return fmt::format("{} is {}", place(array.shape(), index), *found);
  }
  return "";
}

}  // namespace

std::string first_not_finite(const Array& array) {
  if (array.empty()) return "";
  if (array.type() == DataType::kFloat32) return first_in<float, uint32_t, 0x7f800000U>(array);
  if (array.type() == DataType::kFloat64) return first_in<double, uint64_t, 0x7ff0000000000000U>(array);
  return "";
}

void check_finite(const Array& array, const std::string& where) {
  const std::string found = first_not_finite(array);
  if (!found.empty()) throw InputError(where + ": " + found + ", all values must be finite");
}

}  // namespace nudge
