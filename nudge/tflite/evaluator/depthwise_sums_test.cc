#include "nudge/tflite/evaluator/depthwise_sums.h"

#include <algorithm>

#include "nudge/base/random.h"
#include "nudge/kernels/cpu/target_test.h"
#include "nudge/tflite/evaluator/centered_lines.h"

namespace nudge::tflite {
namespace {

class DepthwiseSums : public kernels::TargetTest {};

// Windows of any size, stride, dilation and padding over lines in any order, channels that fill no vector.
TEST_P(DepthwiseSums, EqualSumsTapByTap) {
  for (uint64_t seed = 0; seed < 60; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Random random(seed);
    const auto pick = [&](int64_t low, int64_t high) {
      return low + static_cast<int64_t>(random.below(static_cast<uint64_t>(high - low + 1)));
    };
    const auto padding = pick(0, 1) == 0 ? TfLitePadding::kSame : TfLitePadding::kValid;
    const FilterWindow height = make_window(pick(6, 9), pick(1, 3), pick(1, 3), pick(1, 2), padding);
    const FilterWindow width = make_window(pick(8, 12), pick(1, 4), pick(1, 3), pick(1, 2), padding);
    const int64_t channels = pick(1, 50);
    std::vector<int8_t> image(static_cast<size_t>(height.in * width.in * channels));
    for (int8_t& code : image) code = static_cast<int8_t>(random.next());
    std::vector<int16_t> weights(static_cast<size_t>(height.kernel * width.kernel * channels));
    for (int16_t& weight : weights) weight = static_cast<int16_t>(pick(-255, 255));
    const auto zero = static_cast<int16_t>(pick(-128, 127));
    const DepthwiseWeights packed(weights, height.kernel * width.kernel, channels);
    CenteredLines<int8_t> lines(height, width, channels, packed.padded_channels(), zero);
    std::vector<const int16_t*> taps(static_cast<size_t>(packed.taps()));
    std::vector<int32_t> sums(static_cast<size_t>(width.out * packed.padded_channels()));
    for (int line = 0; line < 6; ++line) {
      const int64_t y = line < 4 ? std::min<int64_t>(line, height.out - 1) : pick(0, height.out - 1);
      lines.find_taps(image.data(), y, taps);
      depthwise_sums(packed, taps, width.stride * packed.padded_channels(), width.out, sums.data());
      for (int64_t x = 0; x < width.out; ++x) {
        for (int64_t c = 0; c < channels; ++c) {
          int32_t expected = 0;
          for (int64_t ky = height.first_tap(y); ky < height.last_tap(y); ++ky) {
            for (int64_t kx = width.first_tap(x); kx < width.last_tap(x); ++kx) {
              const int64_t row = height.start(y) + ky * height.dilation;
              const int64_t column = width.start(x) + kx * width.dilation;
              const int8_t code = image[static_cast<size_t>((row * width.in + column) * channels + c)];
              expected +=
                  (code - zero) * weights[static_cast<size_t>((ky * width.kernel + kx) * channels + c)];
            }
          }
          ASSERT_EQ(sums[static_cast<size_t>(x * packed.padded_channels() + c)], expected)
              << "line " << y << ", pixel " << x << ", channel " << c;
        }
      }
    }
  }
}

using kernels::targets_of_this_machine;
NUDGE_EACH_TARGET(DepthwiseSums);

}  // namespace
}  // namespace nudge::tflite
