// Functions of 16-bit codes by tables between whose entries LiteRT's reference kernels draw lines.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <optional>

namespace nudge::tflite {

// The power of two that a scale is, but for the last digits; none where it is no such power.
std::optional<int> power_of_two(float scale);

// A function over the 16-bit codes of a range, in 512 parts.
class WideTable {
 public:
  // Code c stands for least + (c + 32768) * (greatest - least) / 65536; results for value * 32768.
  WideTable(double least, double greatest, const std::function<double(double)>& function);
  int16_t operator()(int16_t code) const;

 private:
  static constexpr size_t kParts = 512;
  std::array<int16_t, kParts + 1> values_{};
};

// LOGISTIC and TANH of 16-bit codes without a zero point, in Q0.15.
class WideSigmoid {
 public:
  // `shifts`: how many bits to the left a power-of-two scale may lie from 2^-12 to be taken as it is.
  WideSigmoid(float scale, int shifts);
  int16_t logistic(int16_t code) const;
  int16_t tanh(int16_t code) const;

 private:
  // In steps of which 3 * 4096 are one.
  int32_t scaled(int16_t code) const;

  int32_t factor_ = 3;
  int right_ = 0;
  std::array<uint16_t, 256> table_{};  // of x = i / 24, in Q0.16
};

}  // namespace nudge::tflite
