// Models that go to Keras 3 and come back, through interop_test.py beside this file.

#include <gtest/gtest.h>

#include <filesystem>
#include <vector>

#include "nudge/base/test_folder.h"
#include "nudge/keras/keras_script_test.h"
#include "nudge/keras/save.h"
#include "nudge/keras/test_models.h"

namespace nudge::keras {
namespace {

namespace fs = std::filesystem;

// Every weight by where Keras keeps it: "encoder/dense/0".
void collect_weights(const Model& model, const std::string& prefix, NamedArrays& arrays) {
  for (const LayerPtr& layer : model.layers()) {
    if (const auto* nested = dynamic_cast<const Model*>(layer.get())) {
      collect_weights(*nested, prefix + layer->name() + "/", arrays);
      continue;
    }
    int index = 0;
    for (const Weight* weight : std::as_const(*layer).weights()) {
      arrays[prefix + layer->name() + "/" + std::to_string(index++)] = weight->value;
    }
  }
}

TEST(Interop, KerasAndNudgeReadEachOther) {
  if (!has_keras()) GTEST_SKIP() << kNoKeras;
  const TestFolder scratch;
  const fs::path folder = scratch.path();

  const auto run = [&folder](const char* what) {
    return run_python({NUDGE_SOURCE_DIR "/nudge/keras/interop_test.py", what, folder.string()});
  };
  const ScriptResult made = run("make");
  ASSERT_EQ(made.status, 0) << made.output;
  std::vector<fs::path> originals(fs::directory_iterator(folder), fs::directory_iterator{});
  EXPECT_GT(originals.size(), 10U);
  for (const fs::path& original : originals) {
    const std::string name = original.filename().string();
    SCOPED_TRACE(name);
    save_model(*load_model(original), folder / ("nudge_" + name.substr(name.find('_') + 1)));
  }
  for (const TestModel& test : test_models()) {
    // Keras 3.15 does not read this structure back, not even from its own file.
    if (test.name == "layer_in_two_models") continue;
    SideData side;
    collect_weights(*test.model, "", side.arrays);
    save_model(*test.model, folder / ("own_" + test.name + ".keras"), {.side = side});
  }
  const ScriptResult checked = run("check");
  EXPECT_EQ(checked.status, 0) << checked.output;
}

}  // namespace
}  // namespace nudge::keras
