// Models as people have them, which lie beside the project.
#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/cli/model_file.h"
#include "nudge/train/tensor_runner.h"

namespace nudge::cli {
namespace {

const std::string kModels = std::string(NUDGE_SOURCE_DIR) + "/../shared/data/pretrained/";

// As testdata/make_teachable_machine.py makes them.
Array pictures(const Json& slopes) {
  Array images({static_cast<int64_t>(slopes.size()), 224, 224, 3});
  float* pixel = images.data<float>();
  for (const Json& slope : slopes) {
    for (int row = 0; row < 224; ++row) {
      for (int column = 0; column < 224; ++column) {
        for (int channel = 0; channel < 3; ++channel) {
          const int value = row * slope[0].get<int>() + column * slope[1].get<int>() + channel * 29;
          *pixel++ = static_cast<float>(value % 256 / 127.5 - 1.0);
        }
      }
    }
  }
  return images;
}

// What the web page exports: tf.keras 2.4's .h5, models within models.
TEST(KerasFiles, TeachableMachinePredictsAsInKeras) {
  if (!std::filesystem::exists(kModels)) GTEST_SKIP() << "../shared/data/pretrained is not there";
  const std::string fixture = std::string(NUDGE_SOURCE_DIR) + "/nudge/cli/testdata/teachable_machine.json";
  const Json expected = parse_json(read_text_file(fixture), fixture);
  const Array images = pictures(expected["pictures"]);
  for (const char* name : {"teachable_machine_2", "teachable_machine_3"}) {
    SCOPED_TRACE(name);
    const train::NamedTensors outputs =
        train::run_model(open_model(kModels + name + ".h5").model, {})->run({images});
    ASSERT_EQ(outputs.size(), 1U);
    const auto scores = outputs.front().second.span<float>();
    const Json flat = expected[name].flatten();
    ASSERT_EQ(scores.size(), flat.size());
    size_t i = 0;
    for (const Json& score : flat) EXPECT_NEAR(scores[i++], score.get<float>(), 1e-4);
  }
}

}  // namespace
}  // namespace nudge::cli
