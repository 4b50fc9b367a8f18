// Keras 3 and nudge predict the same with each other's files, through keras_predictions_test.py beside this
// file.
#include "nudge/cli/keras_predictions_test.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>
#include <map>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/keras/keras_script_test.h"
#include "nudge/keras/named_arrays.h"
#include "nudge/keras/save.h"

namespace nudge::cli {
namespace {

namespace fs = std::filesystem;

constexpr int kGeneratedModels = 50;
// In float32, relative to the largest value of an output.
constexpr float kTolerance = 1e-4F;

std::vector<Array> numbered(const keras::NamedArrays& arrays, const std::string& kind) {
  std::vector<Array> found;
  for (auto at = arrays.find(kind + "/0"); at != arrays.end();
       at = arrays.find(kind + "/" + std::to_string(found.size()))) {
    found.push_back(at->second);
  }
  return found;
}

keras::NamedArrays read_values(const std::string& path) {
  return keras::read_arrays(keras::H5File::from_image(read_file(path), path).root());
}

void expect_close(const std::vector<Array>& outputs, const std::vector<Array>& expected) {
  ASSERT_EQ(outputs.size(), expected.size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    ASSERT_EQ(outputs[i].shape(), expected[i].shape()) << "output " << i;
    float largest = 1e-6F, difference = 0;
    for (int64_t at = 0; at < outputs[i].size(); ++at) {
      const float value = expected[i].data<float>()[at];
      largest = std::max(largest, std::abs(value));
      difference = std::max(difference, std::abs(outputs[i].data<float>()[at] - value));
    }
    EXPECT_LE(difference, kTolerance * largest) << "output " << i;
  }
}

// What Keras saved, read by nudge; and saved by nudge for Keras to read.
void read_and_write(const fs::path& folder, const std::string& name) {
  const keras::NamedArrays values = read_values(folder / (name + ".values.h5"));
  const std::vector<Array> inputs = numbered(values, "inputs"), expected = numbered(values, "outputs");
  ASSERT_FALSE(expected.empty());
  for (const char* kind : {".keras", ".h5"}) {
    SCOPED_TRACE(kind);
    const ModelPtr model = keras::load_model(folder / (name + kind));
    expect_close(predict(model, inputs), expected);
    keras::save_model(*model, folder / "written" / (name + kind));
  }
}

TEST(KerasPredictions, AgreeInBothDirections) {
  if (!keras::has_keras()) GTEST_SKIP() << keras::kNoKeras;
  const TestFolder scratch;
  const fs::path folder = scratch.path();
  fs::create_directories(folder / "written");
  const std::string script = NUDGE_SOURCE_DIR "/nudge/cli/keras_predictions_test.py";

  const ScriptResult made =
      run_python({script, "make", folder.string(), "0", std::to_string(kGeneratedModels)});
  ASSERT_EQ(made.status, 0) << made.output;
  int seen = 0;
  for (const fs::path& path : std::vector<fs::path>(fs::directory_iterator(folder), {})) {
    if (path.extension() != ".keras") continue;
    SCOPED_TRACE("model " + path.stem().string() + ", whose number is its seed");
    ++seen;
    EXPECT_NO_THROW(read_and_write(folder, path.stem()));
  }
  EXPECT_GT(seen, kGeneratedModels) << "the generated ones, and Keras's own applications";
  // The small ones; the others have a test of their own.
  for (const char* name : {"MobileNet", "MobileNetV2"}) {
    write_application(folder, name, {.input_shape = {32, 32, 3}, .alpha = 0.35, .classes = 5});
  }
  for (const char* name : {"small_cnn", "ResNet8", "MobileNetVWW"}) {
    write_application(folder, name, {.input_shape = {32, 32, 3}, .classes = 5});
  }
  for (const char* name : {"DSCNN", "FCAutoencoder"}) write_application(folder, name, {});
  const ScriptResult checked = run_python({script, "check", folder.string()});
  EXPECT_EQ(checked.status, 0) << checked.output;
}

}  // namespace
}  // namespace nudge::cli
