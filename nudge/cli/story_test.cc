// The whole way through the program, small enough for a test: every command, its files and its JSON.
#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/npy.h"
#include "nudge/data/npz.h"
#include "nudge/data/test_folder.h"
#include "nudge/tflite/litert.h"

namespace nudge::cli {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::IsSupersetOf;
using ::testing::Key;
using ::testing::StartsWith;

constexpr const char* kFlowers = "builtin:flowers?count=60";

std::vector<std::string> keys_of(const Json& json) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : json.items()) keys.push_back(key);
  return keys;
}

// Runs a command that must succeed, and gives its JSON.
std::vector<std::string> runtimes() {
  if (tflite::litert_available()) return {"litert", "litert-reference", "reference"};
  return {"reference"};
}

class Story : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!tflite::litert_available()) std::puts("LiteRT is not installed: its runtimes are left out here");
    folder_ = std::make_unique<data::TestFolder>();
    trained_ = result_of({"train", "--model", "small_cnn", "--image-size", "16", "--data", kFlowers,
                          "--epochs", "1", "--schedule", "cosine", "-o", path("float.keras")});
    result_of({"quantize", path("float.keras"), "--calibrate", kFlowers, "-o", path("quantized.keras")});
    trained_on_ = result_of({"train", "--model", path("quantized.keras"), "--data", kFlowers,
                             "--initial-epoch", "1", "--epochs", "2", "--callbacks", "early_stopping",
                             "--log-dir", path("log"), "-o", path("qat.keras")});
    for (const std::string type : {"float32", "int8", "uint8"}) {
      result_of({"convert", path("qat.keras"), "--input-type", type, "--output-type", type, "-o",
                 path(type + ".tflite"), "--quiet"});
    }
    result_of({"convert", path("float.keras"), "-o", path("float.tflite")});
    result_of({"convert", path("float.keras"), "--representative", kFlowers, "-o", path("ptq.tflite")});
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return folder_->path(name); }

  inline static std::unique_ptr<data::TestFolder> folder_;
  inline static Json trained_, trained_on_;
};

TEST_F(Story, TrainReportsHistoryRangesAndFiles) {
  EXPECT_THAT(keys_of(trained_), IsSupersetOf({"history", "qat_start_epoch", "ranges", "files"}));
  EXPECT_THAT(keys_of(trained_["history"]), IsSupersetOf({"loss", "accuracy", "val_loss", "val_accuracy"}));
  EXPECT_TRUE(trained_["qat_start_epoch"].is_null());
  EXPECT_EQ(trained_["ranges"], Json({{"converged", 0}, {"total", 0}}));
  EXPECT_EQ(trained_on_["history"]["loss"].size(), 2);
  EXPECT_EQ(trained_on_["qat_start_epoch"], 1);
  // The input's range is that of the pixels, which does not move.
  EXPECT_EQ(trained_on_["ranges"]["total"], 4);
  EXPECT_EQ(trained_on_["files"]["model"], path("qat.keras"));
  EXPECT_THAT(read_text_file(trained_on_["files"]["history"].get<std::string>()), StartsWith("\x89PNG"));
  EXPECT_THAT(read_text_file(trained_on_["files"]["table"].get<std::string>()), HasSubstr("ranges_distance"));
  EXPECT_THAT(read_text_file(trained_on_["files"]["ranges"].get<std::string>()), HasSubstr("\r\n1,quant"));
  EXPECT_TRUE(std::filesystem::exists(trained_on_["files"]["events"].get<std::string>() + "/train"));
  EXPECT_TRUE(trained_on_.contains("range_history"));
  EXPECT_THAT(trained_on_["damaged"], IsEmpty());
}

TEST_F(Story, EvaluateAgreesInEveryRuntimeAndWithTheModel) {
  const Json model = result_of({"evaluate", path("qat.keras"), "--data", kFlowers, "--split", "all"});
  EXPECT_THAT(keys_of(model), IsSupersetOf({"accuracy", "loss", "count", "runtime", "confusion",
                                            "simulated_accuracy", "disagreement"}));
  EXPECT_EQ(model["count"], 60);
  for (const std::string& runtime : runtimes()) {
    for (const char* file : {"float32.tflite", "int8.tflite", "uint8.tflite"}) {
      const std::string csv = path("predictions.csv");
      const Json json = result_of({"evaluate", path(file), "--data", kFlowers, "--split", "all", "--runtime",
                                   runtime, "--predictions", csv});
      EXPECT_EQ(json["runtime"], runtime);
      EXPECT_EQ(json["count"], 60);
      if (runtime != "litert") {
        EXPECT_EQ(json["accuracy"], model["accuracy"]) << file << " in " << runtime;
      }
      const std::string text = read_text_file(csv);
      EXPECT_THAT(text, StartsWith("file,label,predicted,daisy,dandelion,roses,sunflowers,tulips\n"));
      EXPECT_EQ(std::count(text.begin(), text.end(), '\n'), 61);
    }
  }
}

TEST_F(Story, CompareHasARowForEachModel) {
  const Json json = result_of({"compare", path("float.keras"), path("quantized.keras"), path("qat.keras"),
                               path("float.tflite"), path("ptq.tflite"), path("int8.tflite"), "--data",
                               kFlowers, "--runtime", "reference"});
  std::vector<std::string> kinds, origins;
  for (const Json& model : json["models"]) {
    EXPECT_THAT(keys_of(model), IsSupersetOf({"file", "kind", "runtime", "accuracy", "bytes"}));
    EXPECT_GT(model["bytes"], 0);
    kinds.push_back(model["kind"]);
    origins.push_back(model["origin"]);
  }
  EXPECT_THAT(kinds, ElementsAre("float", "ptq", "qat", "tflite", "tflite", "tflite"));
  EXPECT_THAT(origins, ElementsAre("float", "ptq", "qat", "float", "ptq", "qat"));
}

TEST_F(Story, CompareExplainsWhatALayerLoses) {
  result_of({"quantize", path("float.keras"), "--calibrate", kFlowers, "--keep-float", "dense", "-o",
             path("headless.keras")});
  const Json json = result_of({"compare", path("float.keras"), path("headless.keras"), "--data", kFlowers,
                               "--explain", "--count", "8", "--report", path("explained.html")});
  ASSERT_EQ(json["explanations"].size(), 1) << "of the quantized model";
  EXPECT_EQ(json["explanations"][0]["file"], path("headless.keras"));
  std::vector<std::string> islands, rows;
  for (const Json& row : json["explanations"][0]["layers"]) {
    rows.push_back(row["layer"]);
    if (row["float_island"] != "") islands.push_back(row["layer"]);
  }
  EXPECT_GT(rows.size(), 3U);
  EXPECT_THAT(islands, ElementsAre("dense"));
  const std::string page = read_text_file(path("explained.html"));
  for (const std::string& row : rows) EXPECT_THAT(page, HasSubstr("<td>" + row + "</td>"));
  EXPECT_THAT(page, HasSubstr("computes in float: "));

  const ProgramResult none = run_nudge({"compare", path("float.keras"), "--data", kFlowers, "--explain"});
  EXPECT_EQ(none.exit_code, 1);
  EXPECT_THAT(none.errors, HasSubstr("--explain: none of the models is a quantized .keras file"));
}

TEST_F(Story, PredictNamesClasses) {
  result_of({"data", "make", "flowers", path("photos"), "--count", "10", "--image-size", "20"});
  const Json info = result_of({"data", "info", path("photos")});
  EXPECT_EQ(info["count"], 10);
  EXPECT_EQ(info["classes"].size(), 5);
  const std::string photo = std::filesystem::directory_iterator(path("photos/roses"))->path();
  for (const char* file : {"float.keras", "qat.keras", "int8.tflite"}) {
    const Json json = result_of({"predict", path(file), photo, "--runtime", "reference"});
    ASSERT_EQ(json["predictions"].size(), 1);
    const Json& classes = json["predictions"][0]["classes"];
    ASSERT_EQ(classes.size(), 5);
    EXPECT_GE(classes[0]["score"], classes[1]["score"]);
    EXPECT_THAT(info["classes"].dump(), HasSubstr(classes[0]["class"].get<std::string>()));
  }
}

TEST_F(Story, PredictTakesAndGivesRawTensors) {
  Array codes({3, 16, 16, 3}, DataType::kInt8);
  for (int64_t i = 0; i < codes.size(); ++i)
    codes.data<int8_t>()[i] = static_cast<int8_t>(i * 37 % 251 - 125);
  data::write_npy(path("codes.npy"), codes);
  result_of({"predict", path("int8.tflite"), "--npy", path("codes.npy"), "--tensors", "all", "--out",
             path("all.npz")});
  const data::Archive all = data::read_npz(path("all.npz"));
  EXPECT_THAT(all, Contains(Key("conv2d")));
  EXPECT_EQ(all.at("conv2d").shape(), (Shape{3, 16, 16, 32}));
  EXPECT_EQ(all.at("dense/bias").type(), DataType::kInt32);
  for (const std::string& runtime : runtimes()) {
    const std::string out = path("out.npy");
    result_of(
        {"predict", path("int8.tflite"), "--npy", path("codes.npy"), "--out", out, "--runtime", runtime});
    const Array scores = data::read_npy(out);
    ASSERT_EQ(scores.type(), DataType::kInt8);
    ASSERT_EQ(scores.shape(), (Shape{3, 5}));
    if (runtime == "litert") continue;
    const auto expected = all.at("activation").span<int8_t>();
    EXPECT_TRUE(std::equal(expected.begin(), expected.end(), scores.data<int8_t>())) << runtime;
  }
}

TEST_F(Story, PredictRefusesTensorsThatDoNotFit) {
  data::write_npy(path("floats.npy"), Array({1, 16, 16, 3}));
  for (const std::string& runtime : runtimes()) {
    const ProgramResult result = run_nudge({"predict", path("int8.tflite"), "--npy", path("floats.npy"),
                                            "--out", path("never.npy"), "--runtime", runtime});
    EXPECT_EQ(result.exit_code, 1);
    EXPECT_THAT(result.errors, HasSubstr("input_1"));
  }
  const ProgramResult outputs_only =
      run_nudge({"predict", path("int8.tflite"), "--npy", path("floats.npy"), "--out", path("never.npz"),
                 "--tensors", "all", "--runtime", "litert"});
  EXPECT_EQ(outputs_only.exit_code, 1);
  EXPECT_THAT(outputs_only.errors, HasSubstr("--runtime reference"));
  EXPECT_FALSE(std::filesystem::exists(path("never.npz")));
}

TEST_F(Story, PredictGivesEveryLayerOfAFloatModel) {
  Array images({2, 16, 16, 3});
  for (int64_t i = 0; i < images.size(); ++i) images.data<float>()[i] = static_cast<float>(i % 17) / 17.0f;
  data::write_npy(path("images.npy"), images);
  result_of({"predict", path("float.keras"), "--npy", path("images.npy"), "--tensors", "all", "--out",
             path("f.npz")});
  result_of({"predict", path("float.keras"), "--npy", path("images.npy"), "--out", path("f.npy")});
  const data::Archive all = data::read_npz(path("f.npz"));
  const Array scores = data::read_npy(path("f.npy"));
  EXPECT_EQ(all.at("dense").shape(), (Shape{2, 512}));
  const auto expected = all.at("activation").span<float>();
  for (size_t i = 0; i < expected.size(); ++i) EXPECT_NEAR(scores.data<float>()[i], expected[i], 1e-5);
}

TEST_F(Story, SummaryAndRangesAreKeras) {
  const Json summary = result_of({"summary", path("float.keras")});
  EXPECT_THAT(keys_of(summary), IsSupersetOf({"layers", "total_params"}));
  EXPECT_THAT(keys_of(summary["layers"][0]), IsSupersetOf({"name", "class", "output_shape", "params"}));
  const Json quantized =
      result_of({"summary", "mobilenet_v2", "--classes", "5", "--quantized", "--scheme", "tfmot"});
  std::map<std::string, int64_t> params;
  for (const Json& layer : quantized["layers"]) params[layer["name"]] = layer["params"];
  EXPECT_EQ(params["quant_Conv1"], 929);
  EXPECT_EQ(params["quant_block_16_project"], 307841);
  EXPECT_EQ(params["quant_dense"], 6410);
  const Json ranges = result_of({"ranges", path("qat.keras")});
  ASSERT_FALSE(ranges["quantizers"].empty());
  EXPECT_EQ(ranges["quantizers"].back()["name"], "quant_activation/output");
  EXPECT_EQ(ranges["quantizers"].back()["distance"], 0) << "a softmax's range is fixed";
  EXPECT_THAT(keys_of(ranges["quantizers"][0]),
              IsSupersetOf({"name", "min", "max", "scale", "zero_point", "updates", "distance", "saturation",
                            "converged"}));
  const auto measured = std::count_if(ranges["quantizers"].begin(), ranges["quantizers"].end(),
                                      [](const Json& one) { return one["saturation"].is_number(); });
  EXPECT_GT(measured, 0) << "as training left it in the file";
}

TEST_F(Story, InspectListsAndCompares) {
  const Json json = result_of({"inspect", path("int8.tflite")});
  EXPECT_THAT(keys_of(json), IsSupersetOf({"ops", "tensors"}));
  EXPECT_THAT(keys_of(json["ops"][0]), IsSupersetOf({"index", "op", "version", "inputs", "outputs"}));
  EXPECT_EQ(json["ops"][0]["op"], "CONV_2D");
  EXPECT_EQ(run_nudge({"inspect", path("int8.tflite"), path("int8.tflite")}).exit_code, 0);
  const ProgramResult other = run_nudge({"inspect", path("int8.tflite"), path("ptq.tflite")});
  EXPECT_EQ(other.exit_code, 3);
  EXPECT_THAT(other.output, HasSubstr("in the other"));
  EXPECT_THAT(other.errors, IsEmpty());
}

TEST_F(Story, CalibrationMethodsDiffer) {
  result_of({"convert", path("float.keras"), "--representative", kFlowers, "--calibration", "minmax", "-o",
             path("minmax.tflite")});
  EXPECT_EQ(run_nudge({"inspect", path("ptq.tflite"), path("minmax.tflite")}).exit_code, 3);
}

TEST_F(Story, ScalesAreThoseOfTrainingWhenAskedFor) {
  const auto scales = [&](const std::string& how) {
    result_of({"convert", path("float.keras"), "--representative", kFlowers, "--scales", how, "-o",
               path(how + ".tflite")});
    return path(how + ".tflite");
  };
  EXPECT_EQ(run_nudge({"inspect", path("ptq.tflite"), scales("portable")}).exit_code, 0) << "the default";
  EXPECT_EQ(run_nudge({"inspect", path("ptq.tflite"), scales("trained")}).exit_code, 3);
}

TEST_F(Story, PartOfAModelIsQuantized) {
  const std::string config = folder_->put("c.json", R"({"scheme": "tfmot", "range_init": [-3, 3], "layers": [
      {"match": "conv2d.*", "quantize": false},
      {"match": "dense", "quantizers": {
         "weights": {"kernel": {"class_name": "LastValueQuantizer", "config": {"symmetric": true, "narrow_range": true}}},
         "output": {"class_name": "MovingAverageQuantizer", "config": {"init_min": 0, "init_max": 2}}}}]})");
  result_of({"quantize", path("float.keras"), "--config", config, "-o", path("part.keras")});
  std::map<std::string, double> highest;
  const Json ranges = result_of({"ranges", path("part.keras")});
  for (const Json& range : ranges["quantizers"]) highest[range["name"]] = range["max"];
  EXPECT_EQ(highest.count("quant_conv2d/kernel"), 0);
  EXPECT_EQ(highest.at("quant_dense/output"), 2);
  EXPECT_EQ(highest.at("quant_dense_1/post_activation"), 3);
  result_of({"quantize", path("float.keras"), "--layers", "dense.*", "--calibrate", kFlowers, "-o",
             path("dense.keras")});
  const Json made = result_of({"convert", path("dense.keras"), "-o", path("dense.tflite"), "--quiet"});
  EXPECT_THAT(made["islands"].dump(),
              HasSubstr(R"("op":"CONV_2D","reason":"training puts no quantizer on it")"));
  EXPECT_FALSE(made["scale_moves"].empty());
  const Json file = result_of({"inspect", path("dense.tflite")});
  EXPECT_THAT(file["ops"].dump(), HasSubstr("QUANTIZE"));
}

TEST_F(Story, BenchTimesAStep) {
  const Json json = result_of({"bench", "step", "--model", "small_cnn", "--image-size", "16", "--batch", "2",
                               "--steps", "2", "--qat"});
  EXPECT_THAT(keys_of(json), IsSupersetOf({"model", "batch", "qat", "precision", "threads", "seconds_min",
                                           "seconds_median", "images_per_second", "peak_rss_mb"}));
  EXPECT_GT(json["seconds_min"], 0);
  EXPECT_THAT(keys_of(json["peaks"]), IsSupersetOf({"f32_gflops", "int8_gops", "memory_gbs"}));
  for (const Json& step : json["steps"]) {
    EXPECT_THAT(keys_of(step), IsSupersetOf({"name", "kind", "forward_seconds", "backward_seconds", "flops",
                                             "bytes", "of_floor"}));
  }
}

TEST_F(Story, BenchListsTheCostliestParts) {
  const ProgramResult result = run_nudge({"bench", "step", "--model", "small_cnn", "--image-size", "16",
                                          "--batch", "2", "--steps", "1", "--breakdown"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output, AllOf(HasSubstr("images/s"), HasSubstr("of floor"), HasSubstr("peaks: ")));
}

TEST_F(Story, QuietPrintsNothingAndJsonGoesToAFile) {
  const ProgramResult result =
      run_nudge({"ranges", path("qat.keras"), "--quiet", "--json", path("ranges.json")});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.output + result.errors, IsEmpty());
  EXPECT_THAT(keys_of(parse_json(read_text_file(path("ranges.json")), "ranges.json")),
              ElementsAre("quantizers"));
}

}  // namespace
}  // namespace nudge::cli
