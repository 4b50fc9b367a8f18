#include "nudge/tflite/float_product.h"

namespace nudge::tflite {

namespace {

template <int kRows>
void multiply_rows(const float* activations, int64_t depth, const float* block, float* out,
                   int64_t out_stride) {
  constexpr int64_t kWidth = FloatWeights::kWidth;
  float sums[kRows][kWidth] = {};
  for (int64_t k = 0; k < depth; ++k, block += kWidth) {
    for (int r = 0; r < kRows; ++r) {
      const float a = activations[r * depth + k];
      for (int64_t j = 0; j < kWidth; ++j) sums[r][j] += a * block[j];
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int64_t j = 0; j < kWidth; ++j) out[r * out_stride + j] = sums[r][j];
  }
}

}  // namespace

FloatWeights::FloatWeights(const float* weights, int64_t rows, int64_t depth) : rows_(rows), depth_(depth) {
  data_.resize(static_cast<size_t>(blocks() * kWidth * depth));
  for (int64_t row = 0; row < rows; ++row) {
    float* block = data_.data() + row / kWidth * kWidth * depth;
    for (int64_t k = 0; k < depth; ++k) block[k * kWidth + row % kWidth] = weights[row * depth + k];
  }
}

void float_product(const float* activations, int64_t count, const FloatWeights& weights, int64_t first,
                   int64_t last, float* out) {
  const int64_t depth = weights.padded_depth();
  const int64_t stride = (last - first) * FloatWeights::kWidth;
  for (int64_t b = first; b < last; ++b) {
    float* column = out + (b - first) * FloatWeights::kWidth;
    int64_t row = 0;
    for (; row + 4 <= count; row += 4) {
      multiply_rows<4>(activations + row * depth, depth, weights.block(b), column + row * stride, stride);
    }
    for (; row < count; ++row) {
      multiply_rows<1>(activations + row * depth, depth, weights.block(b), column + row * stride, stride);
    }
  }
}

}  // namespace nudge::tflite
