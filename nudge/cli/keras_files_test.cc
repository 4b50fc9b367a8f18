// Files as Keras 2 writes them predict as they do there.
#include "nudge/keras/keras_files_test.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "nudge/cli/model_file.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/test_folder.h"
#include "nudge/train/tensor_runner.h"

namespace nudge::cli {
namespace {

void expect_predictions(const std::string& file, const Json& model) {
  SCOPED_TRACE(file);
  std::vector<Array> inputs;
  for (const Json& input : model.at("inputs")) inputs.push_back(keras::array_from_json(input));
  const train::NamedTensors outputs = train::run_model(open_model(file).model, {})->run(inputs);
  ASSERT_EQ(outputs.size(), model.at("outputs").size());
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Array expected = keras::array_from_json(model["outputs"][i]);
    const Array& actual = outputs[i].second;
    ASSERT_EQ(actual.shape(), expected.shape());
    for (int64_t at = 0; at < actual.size(); ++at) {
      const float value = expected.data<float>()[at];
      EXPECT_NEAR(actual.data<float>()[at], value, 1e-4 * std::max(1.0F, std::abs(value))) << i << ", " << at;
    }
  }
}

TEST(KerasFiles, PredictAsInKeras2) {
  const data::TestFolder folder;
  const Json models = keras::read_keras2_models();
  for (const auto& [name, model] : models.items()) {
    if (name == "free_size") continue;  // takes --image-size
    const std::string h5 = folder.path(name + ".h5");
    write_file(h5, keras::h5_from_json(model["h5"]));
    expect_predictions(h5, model);
    keras::write_keras2_archive(model, folder.path(name + ".keras"));
    expect_predictions(folder.path(name + ".keras"), model);
  }
}

// A layer of somebody's own: the summary shows it among the others, and every other command names it.
TEST(KerasFiles, ALayerThatIsNotReadIsMarked) {
  const data::TestFolder folder;
  Json h5 = keras::read_keras2_models()["sequential"]["h5"];
  Json config = Json::parse(h5["attributes"]["model_config"].get<std::string>());
  for (Json& layer : config["config"]["layers"]) {
    if (layer["class_name"] == "Flatten") layer["class_name"] = "Lambda";
  }
  h5["attributes"]["model_config"] = dump_json(config);
  const std::string file = folder.path("lambda.h5");
  write_file(file, keras::h5_from_json(h5));

  const ProgramResult summary = run_nudge({"summary", file});
  EXPECT_EQ(summary.exit_code, 0) << summary.errors;
  EXPECT_THAT(summary.output,
              testing::AllOf(testing::HasSubstr("flatten (Lambda, not read)"),
                             testing::HasSubstr("Not read: layer 'flatten' (Lambda): holds Python")));
  const std::string out = folder.path("out.tflite");
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"evaluate", file, "--data", "builtin:flowers"},
        {"quantize", file, "-o", folder.path("q.keras")},
        {"convert", file, "-o", out},
        {"predict", file, folder.put_picture("x.png")},
        {"train", "--model", file, "--data", "builtin:flowers", "-o", folder.path("t.keras")},
        {"summary", file, "--quantized"}}) {
    const ProgramResult refused = run_nudge(command);
    EXPECT_EQ(refused.exit_code, 1) << command[0];
    EXPECT_THAT(refused.errors, testing::HasSubstr("layer 'flatten' (Lambda): ")) << command[0];
    EXPECT_EQ(std::count(refused.errors.begin(), refused.errors.end(), '\n'), 1) << refused.errors;
  }
}

}  // namespace
}  // namespace nudge::cli
