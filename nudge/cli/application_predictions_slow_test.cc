// Keras 3 predicts with the files of one application of each family what nudge does.
#include <gtest/gtest.h>

#include "nudge/base/test_folder.h"
#include "nudge/cli/keras_predictions_test.h"
#include "nudge/keras/keras_script_test.h"

namespace nudge::cli {
namespace {

namespace fs = std::filesystem;

class ApplicationPredictions : public testing::TestWithParam<const char*> {};

TEST_P(ApplicationPredictions, AreThoseOfKeras) {
  if (!keras::has_keras()) GTEST_SKIP() << keras::kNoKeras;
  const TestFolder scratch;
  const fs::path folder = scratch.path();
  fs::create_directories(folder / "written");
  // VGG's own top has over a hundred million weights.
  const bool top = !std::string(GetParam()).starts_with("VGG");
  applications::ApplicationOptions options = {.input_shape = {75, 75, 3}, .include_top = top};
  if (top) options.classes = 5;
  write_application(folder, GetParam(), options);
  const std::string script = NUDGE_SOURCE_DIR "/nudge/cli/keras_predictions_test.py";
  const ScriptResult checked = run_python({script, "check", folder.string()});
  EXPECT_EQ(checked.status, 0) << checked.output;
}

INSTANTIATE_TEST_SUITE_P(Families, ApplicationPredictions,
                         testing::Values("ConvNeXtTiny", "DenseNet121", "EfficientNetB0", "EfficientNetV2B0",
                                         "InceptionResNetV2", "InceptionV3", "MobileNetV3Small",
                                         "NASNetMobile", "RegNetX002", "RegNetY002", "ResNet50", "ResNet50V2",
                                         "ResNetRS50", "VGG16", "Xception"));

}  // namespace
}  // namespace nudge::cli
