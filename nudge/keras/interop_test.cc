// Models that go to Keras 3 and come back, through interop_test.py beside this file.

#include <gtest/gtest.h>
#include <sys/wait.h>

#include <cstdio>
#include <filesystem>
#include <vector>

#include "nudge/keras/save.h"
#include "nudge/keras/test_models.h"

namespace nudge::keras {
namespace {

namespace fs = std::filesystem;

const fs::path kPython = fs::path(NUDGE_SOURCE_DIR) / ".venv/bin/python";

struct Outcome {
  int status = -1;
  std::string output;
};

Outcome run(const std::string& command) {
  Outcome outcome;
  FILE* pipe = popen((command + " 2>&1").c_str(), "r");
  if (pipe == nullptr) return outcome;
  char buffer[4096];
  for (size_t got; (got = fread(buffer, 1, sizeof(buffer), pipe)) > 0;) outcome.output.append(buffer, got);
  outcome.status = WEXITSTATUS(pclose(pipe));
  return outcome;
}

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
  const std::string python = "'" + kPython.string() + "'";
  if (!fs::exists(kPython) ||
      run(python + " -c 'import h5py, jax, os; os.environ[\"KERAS_BACKEND\"] = \"numpy\"; import keras'")
              .status != 0) {
    GTEST_SKIP() << "no Keras in .venv; make test installs it";
  }
  const std::string script = python + " '" NUDGE_SOURCE_DIR "/nudge/keras/interop_test.py' ";
  const fs::path folder = fs::path(testing::TempDir()) / "nudge_interop";
  fs::remove_all(folder);
  fs::create_directories(folder);

  const Outcome made = run(script + "make '" + folder.string() + "'");
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
  const Outcome checked = run(script + "check '" + folder.string() + "'");
  EXPECT_EQ(checked.status, 0) << checked.output;
  fs::remove_all(folder);
}

}  // namespace
}  // namespace nudge::keras
