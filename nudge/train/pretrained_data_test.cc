// Files as people have them: ImageNet's weights in nudge's MobileNetV2 against Keras's own
// (testdata/make_pretrained.py).
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/applications/applications.h"
#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/keras/weight_file.h"
#include "nudge/plan/plan.h"

namespace nudge::train {
namespace {

constexpr const char* kWeights = NUDGE_SOURCE_DIR
    "/../shared/data/pretrained/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5";
constexpr const char* kFeatures = NUDGE_SOURCE_DIR "/nudge/train/testdata/pretrained.json";

TEST(Pretrained, MobileNetV2SeesWhatKerasSees) {
  if (!std::filesystem::exists(kWeights)) GTEST_SKIP() << kWeights << " is not there";
  const ModelPtr model = applications::build_application(
      "MobileNetV2", {.input_shape = {224, 224, 3}, .alpha = 0.35, .include_top = false, .pooling = "avg"});
  const keras::LoadedWeights loaded = keras::load_weights(*model, kWeights);
  EXPECT_THAT(loaded.missing, testing::IsEmpty());
  EXPECT_THAT(loaded.unused, testing::IsEmpty());

  Array image({1, 224, 224, 3});
  for (int64_t i = 0; i < image.size(); ++i) {
    image.data<float>()[i] = static_cast<float>(static_cast<double>(i * 7919 % 255) / 127.5 - 1.0);
  }
  const Array features = plan::compile(model)->forward({image}, plan::Mode::kInference).front();
  const auto expected =
      parse_json(read_text_file(kFeatures), kFeatures).at("features").get<std::vector<double>>();
  double largest = 0;
  for (const double value : expected) largest = std::max(largest, std::abs(value));
  ASSERT_GT(largest, 0.1);
  for (size_t i = 0; i < expected.size(); ++i) {
    EXPECT_NEAR(static_cast<double>(features.data<float>()[i]), expected[i], 1e-4 * largest) << i;
  }
}

}  // namespace
}  // namespace nudge::train
