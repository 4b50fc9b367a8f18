#include "nudge/kernels/channels/channel_moments.h"

#include <algorithm>
#include <limits>

#include "nudge/kernels/channels/channel_passes.h"

namespace nudge::kernels {
namespace {

// Sums of more floats than this are carried on in double.
constexpr int64_t kFloatRows = 512;

}  // namespace

void ChannelMoments::add(const float* x, int64_t rows, int64_t channels) {
  const size_t n = static_cast<size_t>(channels);
  if (rows == 0) return;
  if (shift_.empty()) {
    shift_.assign(x, x + n);
    sum_.assign(n, 0.0);
    square_.assign(n, 0.0);
    min_.assign(n, std::numeric_limits<float>::infinity());
    max_.assign(n, -std::numeric_limits<float>::infinity());
    chunk_sum_.resize(n);
    chunk_square_.resize(n);
  }
  for (int64_t row = 0; row < rows; row += kFloatRows) {
    const int64_t count = std::min(kFloatRows, rows - row);
    gather_statistics(x + row * channels, count, channels, begin_rows());
    end_rows(count);
  }
}

ChannelStatistics ChannelMoments::begin_rows() {
  std::fill(chunk_sum_.begin(), chunk_sum_.end(), 0.0f);
  std::fill(chunk_square_.begin(), chunk_square_.end(), 0.0f);
  return {shift_.data(), chunk_sum_.data(), chunk_square_.data(), min_.data(), max_.data()};
}

void ChannelMoments::end_rows(int64_t rows) {
  rows_ += rows;
  for (size_t c = 0; c < sum_.size(); ++c) {
    sum_[c] += static_cast<double>(chunk_sum_[c]);
    square_[c] += static_cast<double>(chunk_square_[c]);
  }
}

double ChannelMoments::mean(size_t channel) const {
  return static_cast<double>(shift_[channel]) + sum_[channel] / static_cast<double>(rows_);
}

double ChannelMoments::variance(size_t channel) const {
  const double n = static_cast<double>(rows_);
  const double mean = sum_[channel] / n;
  // Rounding can leave a constant channel a hair below zero; a NaN stays.
  const double variance = square_[channel] / n - mean * mean;
  return variance < 0.0 ? 0.0 : variance;
}

void ChannelMoments::merge(const ChannelMoments& other) {
  if (other.rows_ == 0) return;
  if (rows_ == 0) {
    *this = other;
    return;
  }
  const double n = static_cast<double>(other.rows_);
  for (size_t c = 0; c < sum_.size(); ++c) {
    // The other's sums, as if they had been taken around this one's shift.
    const double move = static_cast<double>(other.shift_[c]) - static_cast<double>(shift_[c]);
    square_[c] += other.square_[c] + 2.0 * move * other.sum_[c] + n * move * move;
    sum_[c] += other.sum_[c] + n * move;
    min_[c] = std::min(min_[c], other.min_[c]);
    max_[c] = std::max(max_[c], other.max_[c]);
  }
  rows_ += other.rows_;
}

}  // namespace nudge::kernels
