// MobileNet for the Edge TPU beside Coral's own file, which its compiler has taken whole.
#include <gtest/gtest.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/applications/applications.h"
#include "nudge/convert/test_models.h"
#include "nudge/tflite/inspect.h"
#include "nudge/tflite/reader.h"

namespace nudge::convert {
namespace {

TEST(CoralStructure, MobileNetHasTheSameOperatorsWithTheSameOptions) {
  const auto path = std::filesystem::path(NUDGE_SOURCE_DIR) /
                    "../shared/oracles/edgetpu/models/mobilenet_v1_0.25_128_quant.tflite";
  if (!std::filesystem::exists(path)) GTEST_SKIP() << "no " << path << ": skipped";
  const tflite::TfLiteModel coral = tflite::read(path.string());
  const ModelPtr model = applications::build_application(
      "MobileNet", {.input_shape = {128, 128, 3}, .alpha = 0.25, .classes = 1001});
  const tflite::TfLiteModel file =
      convert(*trained_like(model, 1).quantized,
              {.input_type = DataType::kInt8, .output_type = DataType::kInt8, .target = Target::kEdgeTpu})
          .file;
  const auto& theirs = coral.main().operators;
  const auto& ours = file.main().operators;
  ASSERT_EQ(theirs.size(), 31u);
  ASSERT_EQ(ours.size(), theirs.size());
  const auto shape = [](const tflite::TfLiteModel& of, int32_t index) {
    return of.main().tensors[static_cast<size_t>(index)].shape;
  };
  for (size_t i = 0; i < ours.size(); ++i) {
    SCOPED_TRACE("operator " + std::to_string(i));
    EXPECT_EQ(ours[i].op, theirs[i].op);
    EXPECT_EQ(shape(file, ours[i].outputs[0]), shape(coral, theirs[i].outputs[0]));
    // The shape of a RESHAPE is its second input, in both.
    if (ours[i].op != tflite::BuiltinOperator::kReshape) {
      EXPECT_EQ(tflite::options_json(ours[i].options), tflite::options_json(theirs[i].options));
    }
    for (size_t input = 1; input < theirs[i].inputs.size(); ++input) {
      EXPECT_EQ(shape(file, ours[i].inputs[input]), shape(coral, theirs[i].inputs[input]));
    }
  }
}

}  // namespace
}  // namespace nudge::convert
