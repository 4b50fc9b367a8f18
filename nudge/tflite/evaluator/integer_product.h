// Exact products of 16-bit activations and 8-bit weights in 32 bits: what int8 convolutions are made of.
#pragma once

#include <cstdint>
#include <vector>

namespace nudge::tflite {

// Weights in the order the product reads them: blocks of kWidth rows, within a block pairs of columns.
class PackedWeights {
 public:
  static constexpr int64_t kWidth = 16;

  PackedWeights() = default;
  // `weights` is rows x depth, row major.
  PackedWeights(const int8_t* weights, int64_t rows, int64_t depth);
  // Of unsigned codes less their zero point.
  PackedWeights(const uint8_t* weights, int32_t zero_point, int64_t rows, int64_t depth);

  int64_t rows() const { return rows_; }
  int64_t depth() const { return depth_; }
  // What is missing from each weight as it is packed.
  int32_t offset() const { return offset_; }
  int64_t blocks() const { return (rows_ + kWidth - 1) / kWidth; }
  // The depth padded with zeros to an even number: how long a row of activations must be.
  int64_t padded_depth() const { return padded_depth_; }
  const int8_t* block(int64_t i) const { return data_.data() + i * kWidth * padded_depth_; }

 private:
  template <typename Code>
  void pack(const Code* weights);

  int64_t rows_ = 0;
  int64_t depth_ = 0;
  int32_t offset_ = 0;
  int64_t padded_depth_ = 0;
  std::vector<int8_t> data_;
};

// out[i][j] = sum over k of activations[i][k] * weights[j][k], for `count` rows of activations and the
// blocks [first, last) of weights.  A row of activations is padded_depth() long, whatever lies in the padding
// is multiplied by 0.  out has kWidth * (last - first) columns; those beyond the last weights are 0.
// Modulo 2^32, as in the runtime: sum_overflow.h says which operators' sums may leave 32 bits.
void integer_product(const int16_t* activations, int64_t count, const PackedWeights& weights, int64_t first,
                     int64_t last, int32_t* out);

}  // namespace nudge::tflite
