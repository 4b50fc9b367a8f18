#include "nudge/tflite/evaluator/integer_product.h"

#include "nudge/base/random.h"
#include "nudge/kernels/cpu/target_test.h"

namespace nudge::tflite {
namespace {

class IntegerProduct : public kernels::TargetTest {};

TEST_P(IntegerProduct, IsExactForAnyShape) {
  Random random(5);
  for (int round = 0; round < 60; ++round) {
    const auto rows = static_cast<int64_t>(1 + random.below(9));
    const auto columns = static_cast<int64_t>(1 + random.below(50));
    const auto depth = static_cast<int64_t>(1 + random.below(300));
    SCOPED_TRACE(testing::Message() << rows << " x " << columns << " x " << depth);
    std::vector<int8_t> weights(static_cast<size_t>(columns * depth));
    for (int8_t& w : weights) w = static_cast<int8_t>(random.next());
    const PackedWeights packed(weights.data(), columns, depth);
    std::vector<int16_t> activations(static_cast<size_t>(rows * packed.padded_depth()));
    for (int16_t& a : activations) a = static_cast<int16_t>(static_cast<int>(random.below(511)) - 255);
    const int64_t first = static_cast<int64_t>(random.below(static_cast<uint64_t>(packed.blocks())));
    const int64_t width = (packed.blocks() - first) * PackedWeights::kWidth;
    std::vector<int32_t> sums(static_cast<size_t>(rows * width), -1);
    integer_product(activations.data(), rows, packed, first, packed.blocks(), sums.data());
    for (int64_t i = 0; i < rows; ++i) {
      for (int64_t j = first * PackedWeights::kWidth; j < columns; ++j) {
        int32_t expected = 0;
        for (int64_t k = 0; k < depth; ++k) {
          expected += activations[static_cast<size_t>(i * packed.padded_depth() + k)] *
                      weights[static_cast<size_t>(j * depth + k)];
        }
        ASSERT_EQ(sums[static_cast<size_t>(i * width + j - first * PackedWeights::kWidth)], expected);
      }
    }
  }
}

using kernels::targets_of_this_machine;
NUDGE_EACH_TARGET(IntegerProduct);

}  // namespace
}  // namespace nudge::tflite
