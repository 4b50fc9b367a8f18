// A whole MobileNetV2, fused against fallback steps.
//
// Fifty normalisations in a row turn the last bits of a fresh network's input into percents of its gradients
// (and, where codes round, of everything), so differences are measured against what a rounding-size change of
// the input does.
#include "nudge/applications/applications.h"
#include "nudge/plan/plan_comparison.h"
#include "nudge/quantize/quantize.h"

namespace nudge::plan {
namespace {

class FusedMobileNetV2 : public testing::Test {
 protected:
  void compare(const ModelPtr& model) {
    const Array x = random_array({4, 96, 96, 3}, 1);
    Array shaken_x = x.clone();
    for (float& pixel : shaken_x.span<float>()) pixel *= 1.0f + 1e-6f;
    fused = train(model, x, true);
    plain = train(model, x, false);
    shaken = train(model, shaken_x, false);
  }

  static ModelPtr model() {
    const ModelPtr made = applications::build_application(
        "MobileNetV2",
        {.input_shape = {96, 96, 3}, .alpha = 0.35, .classes = 5, .head = applications::Head::kDense});
    made->initialize(1);
    return made;
  }

  Trained fused, plain, shaken;
};

TEST_F(FusedMobileNetV2, Float) {
  compare(model());
  EXPECT_LT(mean_distance(fused.outputs, plain.outputs), 1e-4);
  EXPECT_LT(mean_distance(fused.state, plain.state), 2 * mean_distance(shaken.state, plain.state) + 1e-5);
  EXPECT_LT(mean_distance(fused.gradients, plain.gradients),
            2 * mean_distance(shaken.gradients, plain.gradients));
}

TEST_F(FusedMobileNetV2, Quantized) {
  compare(quantize::quantize_model(*model()));
  EXPECT_LT(mean_distance(fused.outputs, plain.outputs), 0.1);
  EXPECT_LT(mean_distance(fused.state, plain.state), 2 * mean_distance(shaken.state, plain.state));
}

}  // namespace
}  // namespace nudge::plan
