#include "nudge/tflite/evaluator/integer_product.h"

#include <cstring>
#include <type_traits>

#include "nudge/kernels/cpu/dispatch-inl.h"
#include "nudge/tflite/integer_arithmetic.h"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "nudge/tflite/evaluator/integer_product.cc"
#include <hwy/foreach_target.h>  // must come before highway.h
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace nudge::tflite::HWY_NAMESPACE {

namespace hn = hwy::HWY_NAMESPACE;

#if HWY_TARGET == HWY_SCALAR
// The same for processors without vectors.
template <int kRows>
void multiply_rows(const int16_t* activations, int64_t depth, const int8_t* block, int32_t* out,
                   int64_t out_stride) {
  for (int r = 0; r < kRows; ++r) {
    for (int64_t column = 0; column < PackedWeights::kWidth; ++column) {
      int32_t sum = 0;
      for (int64_t k = 0; k < depth; ++k) {
        const int32_t weight = block[(k / 2 * PackedWeights::kWidth + column) * 2 + k % 2];
        sum = wrapping_sum(sum, activations[r * depth + k] * weight);
      }
      out[r * out_stride + column] = sum;
    }
  }
}
#else
// Two columns of sums at a time for kRows rows of activations, all in registers.
template <int kRows>
HWY_INLINE void multiply_rows(const int16_t* HWY_RESTRICT activations, int64_t depth,
                              const int8_t* HWY_RESTRICT block, int32_t* HWY_RESTRICT out,
                              int64_t out_stride) {
  const hn::CappedTag<int32_t, 8> d32;
  const hn::Repartition<int16_t, decltype(d32)> d16;
  const hn::Rebind<int8_t, decltype(d16)> d8;
  const auto lanes = static_cast<int64_t>(hn::Lanes(d32));
  using Sums = hn::Vec<decltype(d32)>;
  for (int64_t column = 0; column < PackedWeights::kWidth; column += 2 * lanes) {
    Sums left[kRows], right[kRows], left_rest[kRows], right_rest[kRows];
    for (int r = 0; r < kRows; ++r) {
      left[r] = right[r] = left_rest[r] = right_rest[r] = hn::Zero(d32);
    }
    const int8_t* HWY_RESTRICT weights = block + 2 * column;
    for (int64_t k = 0; k < depth; k += 2, weights += 2 * PackedWeights::kWidth) {
      const auto w_left = hn::PromoteTo(d16, hn::LoadU(d8, weights));
      const auto w_right = hn::PromoteTo(d16, hn::LoadU(d8, weights + 2 * lanes));
      for (int r = 0; r < kRows; ++r) {
        int32_t pair;
        std::memcpy(&pair, activations + r * depth + k, sizeof(pair));
        const auto a = hn::BitCast(d16, hn::Set(d32, pair));
        left[r] = hn::ReorderWidenMulAccumulate(d32, a, w_left, left[r], left_rest[r]);
        right[r] = hn::ReorderWidenMulAccumulate(d32, a, w_right, right[r], right_rest[r]);
      }
    }
    for (int r = 0; r < kRows; ++r) {
      hn::StoreU(hn::RearrangeToOddPlusEven(left[r], left_rest[r]), d32, out + r * out_stride + column);
      hn::StoreU(hn::RearrangeToOddPlusEven(right[r], right_rest[r]), d32,
                 out + r * out_stride + column + lanes);
    }
  }
}
#endif

void multiply(const int16_t* activations, int64_t count, const PackedWeights& weights, int64_t first,
              int64_t last, int32_t* out) {
  const int64_t depth = weights.padded_depth();
  const int64_t stride = (last - first) * PackedWeights::kWidth;
  for (int64_t b = first; b < last; ++b) {
    const int8_t* block = weights.block(b);
    int32_t* column = out + (b - first) * PackedWeights::kWidth;
    int64_t row = 0;
    for (; row + 4 <= count; row += 4) {
      multiply_rows<4>(activations + row * depth, depth, block, column + row * stride, stride);
    }
    for (; row < count; ++row)
      multiply_rows<1>(activations + row * depth, depth, block, column + row * stride, stride);
  }
}

}  // namespace nudge::tflite::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace nudge::tflite {

HWY_EXPORT(multiply);

constexpr int32_t kHalf = 128;  // from unsigned codes to signed ones

template <typename Code>
void PackedWeights::pack(const Code* weights) {
  padded_depth_ = (depth_ + 1) / 2 * 2;
  data_.resize(static_cast<size_t>(blocks() * kWidth * padded_depth_));
  for (int64_t row = 0; row < rows_; ++row) {
    int8_t* block = data_.data() + row / kWidth * kWidth * padded_depth_;
    for (int64_t k = 0; k < depth_; ++k) {
      const int32_t weight = weights[row * depth_ + k] - (std::is_unsigned_v<Code> ? kHalf : 0);
      block[(k / 2 * kWidth + row % kWidth) * 2 + k % 2] = static_cast<int8_t>(weight);
    }
  }
}

PackedWeights::PackedWeights(const int8_t* weights, int64_t rows, int64_t depth)
    : rows_(rows), depth_(depth) {
  pack(weights);
}

PackedWeights::PackedWeights(const uint8_t* weights, int32_t zero_point, int64_t rows, int64_t depth)
    : rows_(rows), depth_(depth), offset_(kHalf - zero_point) {
  pack(weights);
}

void integer_product(const int16_t* activations, int64_t count, const PackedWeights& weights, int64_t first,
                     int64_t last, int32_t* out) {
  NUDGE_DISPATCH(multiply)(activations, count, weights, first, last, out);
  if (weights.offset() == 0) return;
  const int64_t width = (last - first) * PackedWeights::kWidth;
  for (int64_t row = 0; row < count; ++row, activations += weights.padded_depth(), out += width) {
    int32_t sum = 0;
    for (int64_t k = 0; k < weights.depth(); ++k) sum = wrapping_sum(sum, activations[k]);
    const auto missing = static_cast<int32_t>(int64_t{sum} * weights.offset());
    for (int64_t j = 0; j < width; ++j) out[j] = wrapping_sum(out[j], missing);
  }
}

}  // namespace nudge::tflite
#endif
