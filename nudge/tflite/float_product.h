// Products of float activations and weights, for the float32 operators of a model.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nudge::tflite {

// Weights in blocks of kWidth rows, within a block column by column.
class FloatWeights {
 public:
  static constexpr int64_t kWidth = 16;

  FloatWeights() = default;
  // `weights` is rows x depth, row major.
  FloatWeights(const float* weights, int64_t rows, int64_t depth);

  int64_t rows() const { return rows_; }
  int64_t blocks() const { return (rows_ + kWidth - 1) / kWidth; }
  int64_t padded_depth() const { return depth_; }
  const float* block(int64_t i) const { return data_.data() + i * kWidth * depth_; }

 private:
  int64_t rows_ = 0;
  int64_t depth_ = 0;
  std::vector<float> data_;
};

// As integer_product().
void float_product(const float* activations, int64_t count, const FloatWeights& weights, int64_t first,
                   int64_t last, float* out);

}  // namespace nudge::tflite
