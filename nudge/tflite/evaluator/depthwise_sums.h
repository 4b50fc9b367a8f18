// Sums of a depthwise convolution over the taps of an output line, vectorised over channels.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

namespace nudge::tflite {

// Weights less their zero point, (taps, channels), with channels and taps filled up by zeros.
class DepthwiseWeights {
 public:
  static constexpr int64_t kChannelsAtOnce = 16;

  DepthwiseWeights() = default;
  // `weights` is taps x channels.
  DepthwiseWeights(const std::vector<int16_t>& weights, int64_t taps, int64_t channels);

  int64_t taps() const { return taps_; }  // an even number
  // How far the pixels of centered lines and of sums are apart.
  int64_t padded_channels() const { return padded_channels_; }
  const int16_t* tap(int64_t i) const { return weights_.data() + i * padded_channels_; }

 private:
  int64_t taps_ = 0;
  int64_t padded_channels_ = 0;
  std::vector<int16_t> weights_;
};

// sums: (pixels, padded channels), modulo 2^32.  taps: for each tap the centered codes under it for the first
// pixel; `step` further on lie those of the next.  A product of a code and a weight is below 2^30.
void depthwise_sums(const DepthwiseWeights& weights, const std::vector<const int16_t*>& taps, int64_t step,
                    int64_t pixels, int32_t* sums);

// out[i] = codes[i] - zero_point.
void center_codes(const int8_t* codes, int64_t count, int16_t zero_point, int16_t* out);
void center_codes(const uint8_t* codes, int64_t count, int16_t zero_point, int16_t* out);

}  // namespace nudge::tflite
