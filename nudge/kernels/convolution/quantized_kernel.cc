#include "nudge/kernels/convolution/quantized_kernel.h"

#include <algorithm>
#include <cmath>

#include "nudge/base/error.h"
#include "nudge/base/threads.h"
#include "nudge/kernels/channels/min_max.h"
#include "nudge/kernels/cpu/parts.h"
#include "nudge/kernels/matmul/packing.h"

namespace nudge::kernels {
namespace {

// Whole numbers up to here are exact in float.
constexpr int64_t kExact = int64_t{1} << 24;

}  // namespace

QuantizedKernel::QuantizedKernel(const Geometry& geometry, bool per_channel, int bits)
    : geometry_(geometry),
      rows_(geometry.kernel_rows()),
      channels_(geometry.out_channels),
      per_channel_(per_channel),
      bits_(bits),
      steps_(static_cast<size_t>(geometry.kernel_size())) {
  if (bits < 2 || bits > 8) {
    throw ValueError("block: weights are quantized to 2 to 8 bits, given " + std::to_string(bits));
  }
}

void QuantizedKernel::update(const float* values, int64_t farthest) {
  std::vector<float> limits;
  for (const MinMax& range : channel_min_max(values, rows_, channels_)) {
    const float limit = std::max(std::abs(range.min), std::abs(range.max));
    if (!std::isfinite(limit) || std::isnan(range.min)) {
      throw NumericError(
          "a kernel to be quantized holds a value that is not finite; lower the learning rate");
    }
    limits.push_back(limit);
  }
  if (!per_channel_) limits.assign(limits.size(), *std::max_element(limits.begin(), limits.end()));
  std::vector<Grid> grids;
  for (const float limit : limits) grids.push_back(symmetric_grid(limit, bits_));
  kernel_ = {.values = steps_.data()};
  if (farthest != 0 && integer_products_are_fast() && !geometry_.depthwise) {
    int8_.quantize(values, grids.data(), rows_, channels_, steps_.data());
    kernel_.int8 = &int8_;
  } else {
    const int64_t grain = std::max<int64_t>(1, kPartFloats / channels_);
    parallel_for(rows_, grain, [&](int64_t begin, int64_t end) {
      quantize_weights(values + begin * channels_, end - begin, channels_, grids.data(),
                       steps_.data() + begin * channels_);
    });
    if (farthest != 0 && integer_products_are_fast()) pack_depthwise();
  }
  if (!per_channel_) grids.resize(1);
  grids_ = std::move(grids);
  if (farthest != 0 && !fits_int32(farthest)) {
    kernel_.int8 = nullptr;
    kernel_.fits_int32 = false;
  }
  // The bound is for float sums alone, and finding it may take a pass over the kernel.
  if (farthest != 0 && !kernel_.has_codes()) kernel_.exact_rows = exact_rows(farthest);
}

void QuantizedKernel::pack_depthwise() {
  const Geometry& g = geometry_;
  if (g.multiplier != 1 || !has_depthwise_codes(g.kernel_height, g.kernel_width, g.stride_height,
                                                g.stride_width, g.dilation_height, g.dilation_width)) {
    return;
  }
  depthwise_.pack(steps_.data(), g.kernel_height, channels_);
  kernel_.depthwise = &depthwise_;
}

float QuantizedKernel::scale(int64_t channel) const {
  const Grid& grid = grids_[per_channel_ ? static_cast<size_t>(channel) : 0];
  return grid.degenerate() ? 1.0f : grid.scale;
}

bool QuantizedKernel::fits_int32(int64_t farthest) const {
  constexpr int64_t kLimit = int64_t{1} << 31;
  if (rows_ < kLimit / (largest_step() * farthest)) return true;
  std::vector<double> sums(static_cast<size_t>(channels_));
  for (int64_t r = 0; r < rows_; ++r) {
    const float* row = steps_.data() + r * channels_;
    for (int64_t c = 0; c < channels_; ++c) {
      sums[static_cast<size_t>(c)] += static_cast<double>(std::abs(row[c]));
    }
  }
  const double largest = *std::max_element(sums.begin(), sums.end());
  return largest * static_cast<double>(farthest) < static_cast<double>(kLimit);
}

int64_t QuantizedKernel::exact_rows(int64_t farthest) const {
  // So many rows cannot leave the exact numbers whatever the weights are.
  const int64_t always = (kExact - 1) / (largest_step() * farthest);
  if (rows_ <= always) return rows_;
  std::vector<float> sums(static_cast<size_t>(channels_));
  for (int64_t r = 0; r < rows_; ++r) {
    const float* row = steps_.data() + r * channels_;
    for (int64_t c = 0; c < channels_; ++c) sums[static_cast<size_t>(c)] += std::abs(row[c]);
  }
  const double largest = *std::max_element(sums.begin(), sums.end());
  return largest * static_cast<double>(farthest) < static_cast<double>(kExact) ? rows_ : always;
}

}  // namespace nudge::kernels
