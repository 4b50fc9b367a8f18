// MobileNetV2 and the models of MLPerf Tiny go to small devices whole, and give the same values there.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/applications/applications.h"
#include "nudge/base/test_folder.h"
#include "nudge/convert/convert.h"
#include "nudge/convert/test_models.h"
#include "nudge/deploy/arena.h"
#include "nudge/deploy/tflm_export.h"
#include "nudge/deploy/vela.h"
#include "nudge/tflite/writer.h"

namespace nudge::convert {
namespace {

struct SmallDevices : public testing::TestWithParam<const char*> {
  static tflite::TfLiteModel file() {
    applications::ApplicationOptions options;
    if (std::string(GetParam()) == "MobileNetV2") {
      options = {.input_shape = {96, 96, 3}, .alpha = 0.35, .classes = 5};
    }
    const TrainedLike made = trained_like(applications::build_application(GetParam(), options), 11);
    return convert(*made.quantized, {.input_type = DataType::kInt8, .output_type = DataType::kInt8}).file;
  }
};

TEST_P(SmallDevices, TheNpuComputesEveryOperator) {
  if (deploy::vela_program() == "vela") GTEST_SKIP() << "ethos-u-vela is not installed";
  const TestFolder folder;
  tflite::write(file(), folder.path("model.tflite"));
  for (const char* accelerator : {"ethos-u55-128", "ethos-u85-256"}) {
    const deploy::VelaReport report =
        deploy::run_vela(folder.path("model.tflite"), folder.path("out"), {.accelerator = accelerator});
    EXPECT_EQ(report.cpu_operators, 0) << accelerator;
    EXPECT_GT(report.npu_operators, 10) << accelerator;
  }
}

TEST_P(SmallDevices, TensorFlowLiteMicroGivesTheSameValues) {
  if (deploy::tflm_python().empty()) GTEST_SKIP() << "tflite-micro is not installed";
  const TestFolder folder;
  const tflite::TfLiteModel made = file();
  tflite::write(made, folder.path("model.tflite"));
  const deploy::TflmExport exported =
      deploy::export_tflm(folder.path("model.tflite"), folder.path("out"), {.golden = 3});
  EXPECT_THAT(exported.differences, testing::IsEmpty());
  EXPECT_GE(deploy::estimated_arena(made), exported.arena_bytes);
  EXPECT_LT(deploy::estimated_arena(made), exported.arena_bytes * 5 / 4);
}

TEST(SmallDevicesOfEveryLayer, TensorFlowLiteMicroGivesTheSameValues) {
  if (deploy::tflm_python().empty()) GTEST_SKIP() << "tflite-micro is not installed";
  const TestFolder folder;
  tflite::write(convert(*trained_like(every_layer_model(), 12).quantized).file, folder.path("model.tflite"));
  const deploy::TflmExport exported =
      deploy::export_tflm(folder.path("model.tflite"), folder.path("out"), {.golden = 3});
  EXPECT_THAT(exported.differences, testing::IsEmpty());
  EXPECT_GE(exported.registrations.size(), 20u);
}

INSTANTIATE_TEST_SUITE_P(Applications, SmallDevices,
                         testing::Values("MobileNetV2", "ResNet8", "MobileNetVWW", "DSCNN", "FCAutoencoder"),
                         [](const auto& application) { return std::string(application.param); });

}  // namespace
}  // namespace nudge::convert
