// Optimizers that go to Keras 3 and come back, through optimizer_interop_test.py beside this file.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

#include "nudge/base/test_folder.h"
#include "nudge/keras/keras_script_test.h"
#include "nudge/keras/save.h"

namespace nudge::keras {
namespace {

namespace fs = std::filesystem;

TEST(OptimizerInterop, KerasAndNudgeGoOnWithEachOthersState) {
  if (!has_keras()) GTEST_SKIP() << kNoKeras;
  const TestFolder scratch;
  const fs::path folder = scratch.path();
  const auto run = [&](const std::string& what) {
    const ScriptResult result =
        run_python({NUDGE_SOURCE_DIR "/nudge/keras/optimizer_interop_test.py", what, folder.string()});
    EXPECT_EQ(result.status, 0) << result.output;
  };
  run("make");
  const std::map<std::string, float> times = {
      {"momentum", 2.0f},    {"velocity", 3.0f}, {"average_gradient", 0.5f},     {"norm", 1.5f},
      {"accumulator", 2.5f}, {"average", 0.75f}, {"gradient_accumulator", 0.25f}};
  int read = 0;
  for (const fs::path& path :
       std::vector<fs::path>(fs::directory_iterator(folder), fs::directory_iterator{})) {
    const std::string name = path.filename().string();
    if (!name.ends_with(".keras")) continue;
    SCOPED_TRACE(name);
    const Saved saved = load_saved(path);
    ASSERT_NE(saved.optimizer, nullptr);
    const OptimizerState& state = *saved.optimizer;
    if (name.starts_with("other_")) {
      EXPECT_THAT(state.unread,
                  testing::AnyOf(testing::HasSubstr("optimizer Adafactor is not one of SGD, RMSprop, Adam"),
                                 testing::StrEq("Adam has amsgrad")));
      continue;
    }
    ++read;
    EXPECT_EQ(state.unread, "");
    EXPECT_EQ(state.iterations, 17);
    EXPECT_EQ(state.loss, "sparse_categorical_crossentropy");
    const auto weights = trainable_weights(*saved.model);
    ASSERT_EQ(state.averages.size(), weights.size());
    for (size_t i = 0; i < weights.size(); ++i) {
      for (const auto& [kind, average] : state.averages[i]) {
        ASSERT_EQ(average.size(), weights[i]->value.size());
        for (int64_t j = 0; j < average.size(); ++j) {
          ASSERT_FLOAT_EQ(average.data<float>()[j], times.at(kind) * weights[i]->value.data<float>()[j]) << i;
        }
      }
    }
    save_model(*saved.model, folder / ("nudge_" + name.substr(name.find('_') + 1)),
               {.optimizer = saved.optimizer});
  }
  EXPECT_EQ(read, 13);
  run("check");
}

}  // namespace
}  // namespace nudge::keras
