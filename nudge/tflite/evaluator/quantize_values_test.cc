#include "nudge/tflite/evaluator/quantize_values.h"

#include <cmath>
#include <limits>
#include <vector>

#include "nudge/base/random.h"
#include "nudge/kernels/cpu/target_test.h"
#include "nudge/tflite/integer_arithmetic.h"

namespace nudge::tflite {
namespace {

class QuantizeValues : public kernels::TargetTest {};

template <typename Code>
void expect_equals_the_scalar_arithmetic(const std::vector<float>& values, float scale, int32_t zero_point) {
  std::vector<Code> codes(values.size());
  quantize_values(values.data(), static_cast<int64_t>(values.size()), scale, zero_point, codes.data());
  for (size_t i = 0; i < values.size(); ++i) {
    const auto rounded = static_cast<double>(std::round(values[i] / scale));
    const int64_t expected =
        std::clamp<int64_t>(int64_t{round_to_int32(rounded)} + zero_point, std::numeric_limits<Code>::min(),
                            std::numeric_limits<Code>::max());
    ASSERT_EQ(codes[i], expected) << values[i] << " / " << scale << " + " << zero_point;
  }
}

TEST_P(QuantizeValues, EqualsTheScalarArithmetic) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  Random random(5);
  for (int round = 0; round < 100; ++round) {
    // Ties, their neighbours, and what no integer holds.
    std::vector<float> values{0.49999997F, -0.49999997F, kInfinity,  -kInfinity,
                              3e38F,       -3e38F,       8388609.5F, std::numeric_limits<float>::quiet_NaN()};
    for (int i = 0; i < 61; ++i) {
      values.push_back((static_cast<float>(random.below(600)) - 300) / 2);
      values.push_back(static_cast<float>(random.uniform(-400, 400)));
      values.push_back(static_cast<float>(random.uniform(-70000, 70000)));
    }
    const float scale = round % 2 == 0 ? 1.0F : static_cast<float>(std::exp2(random.uniform(-7, 3)));
    expect_equals_the_scalar_arithmetic<int8_t>(values, scale, static_cast<int32_t>(random.below(256)) - 128);
    expect_equals_the_scalar_arithmetic<uint8_t>(values, scale, static_cast<int32_t>(random.below(256)));
    expect_equals_the_scalar_arithmetic<int16_t>(values, scale, 0);
  }
}

using kernels::targets_of_this_machine;
NUDGE_EACH_TARGET(QuantizeValues);

}  // namespace
}  // namespace nudge::tflite
