#include "nudge/tflite/evaluator/requantize.h"

#include "nudge/base/random.h"
#include "nudge/kernels/cpu/target_test.h"

namespace nudge::tflite {
namespace {

class Requantize : public kernels::TargetTest {};

TEST_P(Requantize, EqualsTheScalarArithmetic) {
  Random random(21);
  Requantization parameters;
  std::vector<Multiplier> factors;
  constexpr int64_t kChannels = 203;
  for (int64_t i = 0; i < kChannels; ++i) {
    factors.push_back(quantize_multiplier(std::exp2(random.uniform(-33, 4))));
    parameters.add_channel(static_cast<int32_t>(random.below(100000)) - 50000, factors.back());
  }
  parameters.zero_point = -7;
  parameters.low = -100;
  std::vector<int32_t> sums(kChannels);
  std::vector<int8_t> codes(kChannels);
  for (int round = 0; round < 500; ++round) {
    const auto first = static_cast<int64_t>(random.below(kChannels));
    const int64_t count = kChannels - first;
    // Small sums meet ties, large ones the ends of the range.
    const uint64_t bits = random.below(32);
    for (int32_t& sum : sums) sum = static_cast<int32_t>(static_cast<uint32_t>(random.next())) >> bits;
    requantize(sums.data(), parameters, first, count, codes.data());
    for (int64_t i = 0; i < count; ++i) {
      const auto c = static_cast<size_t>(first + i);
      const int32_t sum = wrapping_sum(sums[static_cast<size_t>(i)], parameters.bias[c]);
      const int64_t expected = std::clamp<int64_t>(int64_t{multiply(sum, factors[c])} - 7, -100, 127);
      ASSERT_EQ(codes[static_cast<size_t>(i)], expected)
          << sum << " * " << factors[c].q << " 2^" << factors[c].e;
    }
  }
}

using kernels::targets_of_this_machine;
NUDGE_EACH_TARGET(Requantize);

}  // namespace
}  // namespace nudge::tflite
