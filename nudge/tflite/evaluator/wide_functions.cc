#include "nudge/tflite/evaluator/wide_functions.h"

#include <algorithm>
#include <cmath>
#include <cstdlib>

namespace nudge::tflite {

std::optional<int> power_of_two(float scale) {
  constexpr float kTolerance = 1e-3F;
  const float exact = std::log2(scale), rounded = std::round(exact);
  if (std::abs(exact - rounded) >= kTolerance) return std::nullopt;
  return static_cast<int>(rounded);
}

// In both tables each entry is moved by half of what the line from it to the next misses in the middle.
WideTable::WideTable(double least, double greatest, const std::function<double(double)>& function) {
  constexpr double kOne = 32768;
  const double step = (greatest - least) / static_cast<double>(kParts);
  const auto code = [](double value) {
    return static_cast<int16_t>(std::clamp<double>(value, INT16_MIN, INT16_MAX));
  };
  for (size_t i = 0; i < kParts; ++i) {
    const double at = least + static_cast<double>(i) * step;
    const double here = std::round(function(at) * kOne);
    const double next = function(at + step) * kOne;
    const double missed = std::round((next + here) / 2) - std::round(function(at + step / 2) * kOne);
    values_[i] = code(here - std::round(missed / 2));
  }
  values_[kParts] = code(std::round(function(greatest) * kOne));
}

int16_t WideTable::operator()(int16_t code) const {
  const auto part = static_cast<size_t>(256 + (code >> 7));
  const int32_t rest = code & 0x7F, slope = static_cast<int16_t>(values_[part + 1] - values_[part]);
  return static_cast<int16_t>(values_[part] + ((slope * rest + 64) >> 7));
}

WideSigmoid::WideSigmoid(float scale, int shifts) {
  constexpr double kPerOne = 3 * 4096.0, kLargest = 32767.0 / 2;
  constexpr int kFractionBits = 12, kMostBits = 30;
  const std::optional<int> power = power_of_two(scale);
  if (power && *power + kFractionBits >= 0 && *power + kFractionBits <= shifts) {
    factor_ = 3 << (*power + kFractionBits);
  } else {
    double factor = static_cast<double>(scale) * kPerOne;
    for (; factor <= kLargest && right_ <= kMostBits; ++right_) factor *= 2;
    factor_ = static_cast<int32_t>(std::min(factor, 2147483647.0));
  }
  const auto sigmoid = [](double i) { return 65536 / (1 + std::exp(-i / 24)); };
  for (size_t i = 0; i < table_.size(); ++i) {
    const auto at = static_cast<double>(i);
    const double missed = sigmoid(at + 0.5) - (sigmoid(at) + sigmoid(at + 1)) / 2;
    table_[i] = static_cast<uint16_t>(std::min(std::round(sigmoid(at) + missed / 2), 65535.0));
  }
  table_.back() = 65535;  // beyond it every value is that of 1
}

int32_t WideSigmoid::scaled(int16_t code) const {
  const int64_t round = right_ > 0 ? int64_t{1} << (right_ - 1) : 0;
  const auto product = static_cast<int32_t>(static_cast<uint32_t>(int64_t{code} * factor_ + round));
  return product >> right_;
}

int16_t WideSigmoid::logistic(int16_t code) const {
  const int32_t x = scaled(code);
  const auto size = static_cast<uint32_t>(std::abs(int64_t{x}));
  const uint32_t at = size >> 9;
  uint32_t value = 0x7FFF << 10;
  if (at < 255) value = (uint32_t{table_[at]} << 9) + (size & 0x1FF) * uint32_t(table_[at + 1] - table_[at]);
  value = x >= 0 ? value + (1 << 9) : (1 << 25) - value + (1 << 9) - 1;
  return static_cast<int16_t>(value >> 10);
}

int16_t WideSigmoid::tanh(int16_t code) const {
  const int32_t x = scaled(code);
  const auto size = static_cast<uint32_t>(std::abs(int64_t{x}));
  const uint32_t at = size >> 8;
  int32_t value = 0xFFFF << 8;
  if (at < 255) value = (table_[at] << 8) + static_cast<int32_t>(size & 0xFF) * (table_[at + 1] - table_[at]);
  value = x >= 0 ? value - (1 << 23) + (1 << 7) : -value + (1 << 23) + (1 << 7) - 1;
  return static_cast<int16_t>(value >> 8);
}

}  // namespace nudge::tflite
