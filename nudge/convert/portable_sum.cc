#include "nudge/convert/portable_sum.h"

#include <algorithm>
#include <cmath>

#include "nudge/tflite/integer_sum.h"

namespace nudge::convert {
namespace {

constexpr double kFarthest = 1e-4;
constexpr double kStep = 1e-6;  // far enough for sums of 100 codes to pass a tie's neighbourhood

// XNNPACK's addition: factors with 21 bits in the larger, one sum, one shift that rounds ties upwards.
class XnnpackSum {
 public:
  XnnpackSum(const SummedGrids& grids, const CodeGrid& sum) : zero_(sum.zero_point) {
    const auto& [a, b, subtract] = grids;
    const float left = a.scale / sum.scale, right = b.scale / sum.scale;
    const float larger = std::max(left, right);
    possible_ = larger >= 0x1p-10F && larger < 0x1p8F;
    if (!possible_) return;
    shift_ = 20 - std::ilogb(larger);
    left_ = std::lrint(std::ldexp(static_cast<double>(left), shift_));
    right_ = std::lrint(std::ldexp(static_cast<double>(right), shift_)) * (subtract ? -1 : 1);
    bias_ = (int64_t{1} << (shift_ - 1)) - left_ * a.zero_point - right_ * b.zero_point;
  }

  // Other factors XNNPACK leaves to other kernels.
  bool possible() const { return possible_; }

  int8_t operator()(int8_t x, int8_t y) const {
    return static_cast<int8_t>(
        std::clamp<int64_t>(((bias_ + left_ * x + right_ * y) >> shift_) + zero_, INT8_MIN, INT8_MAX));
  }

 private:
  bool possible_ = false;
  int shift_ = 0;
  int64_t left_ = 0, right_ = 0, bias_ = 0;
  int32_t zero_;
};

tflite::IntegerSum reference_sum(const SummedGrids& grids, const CodeGrid& sum) {
  const auto& [a, b, subtract] = grids;
  tflite::IntegerSum result{.zero_left = a.zero_point,
                            .zero_right = b.zero_point,
                            .zero_out = sum.zero_point,
                            .subtract = subtract};
  result.set_scales(static_cast<double>(a.scale), static_cast<double>(b.scale),
                    static_cast<double>(sum.scale));
  return result;
}

}  // namespace

int64_t differing_pairs(const SummedGrids& grids, const CodeGrid& sum, int64_t enough) {
  const XnnpackSum xnnpack(grids, sum);
  if (!xnnpack.possible()) return enough;
  const tflite::IntegerSum reference = reference_sum(grids, sum);
  int64_t differing = 0;
  for (int x = INT8_MIN; x <= INT8_MAX && differing < enough; ++x) {
    for (int y = INT8_MIN; y <= INT8_MAX; ++y) {
      const auto left = static_cast<int8_t>(x), right = static_cast<int8_t>(y);
      differing += reference(left, right) != xnnpack(left, right) ? 1 : 0;
    }
  }
  return differing;
}

float portable_sum_scale(const std::vector<SummedGrids>& sums, const CodeGrid& sum) {
  const auto possible = [&](const SummedGrids& grids) { return XnnpackSum(grids, sum).possible(); };
  if (!std::ranges::all_of(sums, possible)) return sum.scale;
  for (double away = 0; away < kFarthest; away += kStep) {
    for (const double factor : {1 + away, 1 - away}) {
      const CodeGrid moved{static_cast<float>(static_cast<double>(sum.scale) * factor), sum.zero_point};
      const auto alike = [&](const SummedGrids& grids) { return differing_pairs(grids, moved, 1) == 0; };
      if (std::ranges::all_of(sums, alike)) return moved.scale;
    }
  }
  return sum.scale;
}

}  // namespace nudge::convert
