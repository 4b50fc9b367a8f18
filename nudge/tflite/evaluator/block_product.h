// Products of rows of activations and weights in plain C++: for floats, and for 16-bit codes, whose sums take
// 64 bits.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nudge::tflite {

// Weights in blocks of kWidth rows, within a block column by column.
template <typename Weight>
class BlockWeights {
 public:
  static constexpr int64_t kWidth = 16;

  BlockWeights() = default;
  // `weights` is rows x depth, row major.
  BlockWeights(const Weight* weights, int64_t rows, int64_t depth) : rows_(rows), depth_(depth) {
    data_.resize(static_cast<size_t>(blocks() * kWidth * depth));
    for (int64_t row = 0; row < rows; ++row) {
      Weight* block = data_.data() + row / kWidth * kWidth * depth;
      for (int64_t k = 0; k < depth; ++k) block[k * kWidth + row % kWidth] = weights[row * depth + k];
    }
  }

  int64_t rows() const { return rows_; }
  int64_t blocks() const { return (rows_ + kWidth - 1) / kWidth; }
  int64_t padded_depth() const { return depth_; }
  const Weight* block(int64_t i) const { return data_.data() + i * kWidth * depth_; }

 private:
  int64_t rows_ = 0;
  int64_t depth_ = 0;
  std::vector<Weight> data_;
};

using FloatWeights = BlockWeights<float>;

template <int kRows, typename Activation, typename Weight, typename Sum>
void multiply_block(const Activation* activations, int64_t depth, const Weight* block, Sum* out,
                    int64_t out_stride) {
  constexpr int64_t kWidth = BlockWeights<Weight>::kWidth;
  Sum sums[kRows][kWidth] = {};
  for (int64_t k = 0; k < depth; ++k, block += kWidth) {
    for (int r = 0; r < kRows; ++r) {
      const auto a = static_cast<Sum>(activations[r * depth + k]);
      for (int64_t j = 0; j < kWidth; ++j) sums[r][j] += a * static_cast<Sum>(block[j]);
    }
  }
  for (int r = 0; r < kRows; ++r) {
    for (int64_t j = 0; j < kWidth; ++j) out[r * out_stride + j] = sums[r][j];
  }
}

// As integer_product().
template <typename Activation, typename Weight, typename Sum>
void block_product(const Activation* activations, int64_t count, const BlockWeights<Weight>& weights,
                   int64_t first, int64_t last, Sum* out) {
  constexpr int64_t kWidth = BlockWeights<Weight>::kWidth;
  const int64_t depth = weights.padded_depth();
  const int64_t stride = (last - first) * kWidth;
  for (int64_t b = first; b < last; ++b) {
    Sum* column = out + (b - first) * kWidth;
    int64_t row = 0;
    for (; row + 4 <= count; row += 4) {
      multiply_block<4>(activations + row * depth, depth, weights.block(b), column + row * stride, stride);
    }
    for (; row < count; ++row)
      multiply_block<1>(activations + row * depth, depth, weights.block(b), column + row * stride, stride);
  }
}

}  // namespace nudge::tflite
