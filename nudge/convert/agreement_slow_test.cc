// The applications at their own sizes, and many partial quantizations, against LiteRT's reference kernels.
#include <gtest/gtest.h>

#include "nudge/applications/applications.h"
#include "nudge/convert/test_models.h"

namespace nudge::convert {
namespace {

TEST(AgreementSlow, MobileNet) { expect_exact(application_model("MobileNet", 224, 1.0), 110, {.inputs = 2}); }

TEST(AgreementSlow, MobileNetV2) {
  expect_exact(application_model("MobileNetV2", 224, 1.0), 120, {.inputs = 2});
}

TEST(AgreementSlow, MobileNetV2OfTheStory) { expect_exact(application_model("MobileNetV2", 96, 0.35), 130); }

TEST(AgreementSlow, SmallCnnOfTheStory) {
  expect_exact(applications::build_application("small_cnn", {.input_shape = {64, 64, 3}, .classes = 5}), 140);
}

TEST(AgreementSlow, PartlyQuantizedModels) {
  for (uint64_t seed = 200; seed < 260; ++seed) {
    const ModelPtr model = every_layer_model();
    expect_exact(model, seed, {.layers = half_of_the_layers(*model, seed), .inputs = 20});
  }
  for (uint64_t seed = 300; seed < 304; ++seed) {
    const ModelPtr model = application_model("MobileNetV2", 32, 0.35);
    expect_exact(model, seed, {.layers = half_of_the_layers(*model, seed), .inputs = 20});
  }
}

}  // namespace
}  // namespace nudge::convert
