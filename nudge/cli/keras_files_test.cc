// Files as Keras 2 writes them predict as they do there.
#include "nudge/keras/keras_files_test.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <cmath>
#include <nlohmann/json.hpp>

#include "nudge/cli/model_file.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/test_folder.h"
#include "nudge/keras/save.h"
#include "nudge/plan/plan.h"
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

float largest_difference(const Array& a, const Array& b) {
  float largest = 0;
  for (int64_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, std::abs(a.data<float>()[i] - b.data<float>()[i]));
  }
  return largest;
}

// A model that TFMOT quantized and trained: its simulation of 8 bits, a step of training, and its file.
TEST(KerasFiles, TfmotsModelsPredictTrainAndConvert) {
  const std::string fixture = std::string(NUDGE_SOURCE_DIR) + "/nudge/keras/testdata/tfmot_models.json";
  const Json model = parse_json(read_text_file(fixture), fixture)["tfmot"];
  const Array images = keras::array_from_json(model["inputs"][0]);
  const Array scores = keras::array_from_json(model["outputs"][0]);
  const data::TestFolder folder;
  const std::string h5 = folder.path("tfmot.h5"), archive = folder.path("tfmot.keras");
  write_file(h5, keras::h5_from_json(model["h5"]));
  keras::write_keras2_archive(model, archive);
  for (const std::string& file : {h5, archive}) {
    SCOPED_TRACE(file);
    const ModelPtr read = keras::load_model(file);
    const auto plan = plan::compile(read);
    const Array simulated = plan->forward({images}, plan::Mode::kInference).front();
    ASSERT_EQ(simulated.shape(), scores.shape());
    EXPECT_LE(largest_difference(simulated, scores), 1e-4F);

    const Array trained = plan->forward({images}, plan::Mode::kTraining).front();
    Array gradient = trained.clone();
    for (int64_t i = 0; i < gradient.size(); ++i) gradient.data<float>()[i] = i % 3 == 0 ? 1.0F : -0.5F;
    plan->backward({gradient});
    float moved = 0;
    for (const plan::Parameter& parameter : plan->parameters()) {
      for (const float value : parameter.gradient.span<float>()) moved += std::abs(value);
    }
    EXPECT_TRUE(std::isfinite(moved) && moved > 0) << moved;

    const train::NamedTensors converted = train::run_model(read, {})->run({images});
    EXPECT_LE(largest_difference(converted.front().second, scores), 0.05F) << "the integer file";
  }
}

// The name says which kind of file is written.
TEST(KerasFiles, H5IsWrittenWhereTheNameSaysSo) {
  const data::TestFolder folder;
  const std::string data = "builtin:flowers?count=50", file = folder.path("model.h5");
  const ProgramResult trained = run_nudge({"train", "--model", "small_cnn", "--image-size", "16", "--data",
                                           data, "--epochs", "1", "-o", file, "--quiet"});
  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  const ProgramResult summary = run_nudge({"summary", file});
  EXPECT_THAT(summary.output,
              testing::AllOf(testing::HasSubstr("Conv2D"), testing::HasSubstr("pixels: rescale")));
  EXPECT_EQ(run_nudge({"evaluate", file, "--data", data}).exit_code, 0);
  const ProgramResult refused = run_nudge({"quantize", file, "-o", folder.path("q.h5")});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors,
              testing::HasSubstr("q.h5: .h5 holds float models only; end the name in .keras"));
}

}  // namespace
}  // namespace nudge::cli
