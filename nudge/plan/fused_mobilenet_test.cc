// A whole MobileNetV2, fused against fallback steps.
//
// Fifty normalisations in a row turn the last bits of a fresh network's input into percents of its gradients
// (and, where codes round, of everything), so differences are measured against what a rounding-size change of
// the input does.  application_blocks_test.cc compares its blocks one by one.
#include "nudge/applications/applications.h"
#include "nudge/plan/plan_comparison.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

ModelPtr mobilenet_v2() {
  const ModelPtr made = applications::build_application(
      "MobileNetV2",
      {.input_shape = {96, 96, 3}, .alpha = 0.35, .classes = 5, .head = applications::Head::kDense});
  made->initialize(1);
  return made;
}

class FusedMobileNetV2 : public testing::Test {
 protected:
  void compare(const ModelPtr& model) {
    const Array x = random_array({4, 96, 96, 3}, 1);
    Array shaken_x = x.clone();
    for (float& pixel : shaken_x.span<float>()) pixel *= 1.0f + 1e-6f;
    fused_ = train(model, x, {});
    plain_ = train(model, x, {.fused = false});
    shaken_ = train(model, shaken_x, {.fused = false});
  }

  Trained fused_, plain_, shaken_;
};

TEST_F(FusedMobileNetV2, Float) {
  compare(mobilenet_v2());
  EXPECT_LT(mean_distance(fused_.outputs, plain_.outputs), 1e-4);
  EXPECT_LT(mean_distance(fused_.state, plain_.state), 2 * mean_distance(shaken_.state, plain_.state) + 1e-5);
  EXPECT_LT(mean_distance(fused_.gradients, plain_.gradients),
            2 * mean_distance(shaken_.gradients, plain_.gradients));
}

TEST_F(FusedMobileNetV2, Quantized) {
  compare(quantize::quantize_model(*mobilenet_v2()));
  EXPECT_LT(mean_distance(fused_.state, plain_.state), 3 * mean_distance(shaken_.state, plain_.state));
}

// Only codes go from block to block, and they are those of the accumulators in either precision.
TEST(Bfloat16MobileNetV2, QuantizedForwardIsThatOfFloat32) {
  const Array x = random_array({4, 96, 96, 3}, 2);
  const ModelPtr quantized = quantize::quantize_model(*mobilenet_v2());
  // Without a calibration, whose activations are floats.
  const Trained wide = train(quantized, x, {}, false),
                narrow = train(quantized, x, {.precision = Precision::kBfloat16}, false);
  EXPECT_EQ(mean_distance(narrow.outputs, wide.outputs), 0.0);
  EXPECT_EQ(mean_distance(narrow.state, wide.state), 0.0);
  double difference = 0, size = 0;
  for (size_t i = 0; i < wide.gradients.size(); ++i) {
    difference += std::pow(distance(narrow.gradients[i], wide.gradients[i]), 2);
    size += std::pow(norm(wide.gradients[i]), 2);
  }
  EXPECT_LT(std::sqrt(difference / size), 0.2);
}

}  // namespace
}  // namespace nudge::plan
