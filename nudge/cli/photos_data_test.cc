// The story on real photographs, which lie beside the project: models learn them, and the trained model, its
// file in LiteRT and in the integer evaluator answer alike on every one.
#include <gmock/gmock.h>

#include <filesystem>
#include <map>
#include <nlohmann/json.hpp>
#include <sstream>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/test_folder.h"
#include "nudge/tflite/litert.h"

namespace nudge::cli {
namespace {

using ::testing::ElementsAre;

const std::string kPhotos = std::string(NUDGE_SOURCE_DIR) + "/../shared/data/flower_photos_small";
const std::string kWeights =
    std::string(NUDGE_SOURCE_DIR) +
    "/../shared/data/pretrained/mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5";
constexpr int64_t kCount = 400;

// File by file, what is predicted; file names and classes hold no comma.
std::map<std::string, std::string> predictions_of(const std::string& csv) {
  std::map<std::string, std::string> predicted;
  std::istringstream lines(read_text_file(csv));
  std::string line;
  std::getline(lines, line);
  while (std::getline(lines, line)) {
    std::istringstream fields(line);
    std::string file, label, prediction;
    std::getline(fields, file, ',');
    std::getline(fields, label, ',');
    std::getline(fields, prediction, ',');
    predicted[file] = prediction;
  }
  return predicted;
}

class PhotosStory : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string& file : {kPhotos, kWeights}) {
      if (!std::filesystem::exists(file)) GTEST_SKIP() << file << " is not there";
    }
    if (!tflite::litert_available()) GTEST_SKIP() << "LiteRT is not installed";
  }

  std::string path(const std::string& name) const { return folder_.path(name); }

  Json train(const std::string& model, const std::string& out, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"train", "--model", model, "--data", kPhotos, "-o", path(out)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return result_of(arguments);
  }

  // On all photographs; --runtime goes without saying for a model.
  std::map<std::string, std::string> predict(const std::string& file, const std::string& runtime) const {
    const std::string csv = path(file + "." + runtime + ".csv");
    accuracy_ = result_of({"evaluate", path(file), "--data", kPhotos, "--split", "all", "--runtime", runtime,
                           "--predictions", csv})
                    .value("accuracy", 0.0);
    return predictions_of(csv);
  }

  // Quantizes float.keras, trains on, converts, and compares every photograph; returns how many LiteRT's
  // default kernels answer otherwise.
  int64_t agree_when_quantized(const std::string& scheme, const std::vector<std::string>& training) const {
    result_of({"quantize", path("float.keras"), "--scheme", scheme, "-o", path("quantized.keras")});
    train(path("quantized.keras"), "qat.keras", training);
    result_of({"convert", path("qat.keras"), "-o", path("qat.tflite"), "--input-type", "uint8"});
    const auto model = predict("qat.keras", "reference");
    const double accuracy = accuracy_;
    EXPECT_EQ(static_cast<int64_t>(model.size()), kCount);
    EXPECT_EQ(predict("qat.tflite", "litert-reference"), model) << scheme;
    EXPECT_EQ(accuracy_, accuracy);
    int64_t different = 0;
    for (const auto& [photo, prediction] : predict("qat.tflite", "litert")) {
      different += model.at(photo) != prediction ? 1 : 0;
    }
    RecordProperty("different_" + scheme, static_cast<int>(different));
    return different;
  }

  data::TestFolder folder_;
  mutable double accuracy_ = 0;
};

TEST_F(PhotosStory, SmallCnn) {
  const Json trained = train("small_cnn", "float.keras", {"--image-size", "64", "--epochs", "6"});
  EXPECT_GT(trained["history"]["accuracy"].back(), 0.4);
  predict("float.keras", "reference");
  EXPECT_GT(accuracy_, 0.4) << "of chance 0.2";
  EXPECT_LE(
      agree_when_quantized("tfmot", {"--initial-epoch", "6", "--epochs", "7", "--steps-per-epoch", "3"}),
      kCount / 100);
  // At the rate of the float epochs the last one is as good as the order of its photographs.
  EXPECT_LE(
      agree_when_quantized("nudge", {"--initial-epoch", "6", "--epochs", "7", "--learning-rate", "1e-4"}),
      kCount / 100);
  EXPECT_GT(accuracy_, 0.5);
  result_of({"convert", path("float.keras"), "-o", path("float.tflite")});
  result_of({"convert", path("float.keras"), "--representative", kPhotos, "-o", path("ptq.tflite")});
  std::vector<std::string> kinds;
  const Json table = result_of({"compare", path("float.keras"), path("float.tflite"), path("ptq.tflite"),
                                path("qat.keras"), path("qat.tflite"), "--data", kPhotos});
  for (const Json& row : table["models"]) kinds.push_back(row["origin"].get<std::string>());
  EXPECT_THAT(kinds, ElementsAre("float", "float", "ptq", "qat", "qat"));
}

// The number of threads is part of the result.
TEST_F(PhotosStory, MobileNetV2) {
  const std::vector<std::string> augmented{"--reestimate-bn", "--augment", "flip,shift=0.1", "--threads",
                                           "2"};
  const auto with = [&](std::vector<std::string> flags) {
    flags.insert(flags.end(), augmented.begin(), augmented.end());
    return flags;
  };
  const Json trained = train("mobilenet_v2", "float.keras",
                             with({"--alpha", "0.35", "--image-size", "96", "--weights", kWeights, "--epochs",
                                   "20", "--schedule", "cosine:warmup=2"}));
  // 39 photos: chance plus two standard errors is 0.33.
  EXPECT_GT(trained["history"]["val_accuracy"].back(), 0.35) << "of chance 0.2";
  const std::vector<std::string> onwards =
      with({"--initial-epoch", "20", "--epochs", "30", "--schedule", "cosine"});
  const std::vector<std::string> few_steps =
      with({"--initial-epoch", "20", "--epochs", "21", "--steps-per-epoch", "3"});
  EXPECT_LE(agree_when_quantized("tfmot", few_steps), kCount / 100);
  EXPECT_LE(agree_when_quantized("nudge", few_steps), kCount / 100);
  // 100 steps: TFMOT's averages are still nine tenths of the way at -6 and 6.
  EXPECT_LE(agree_when_quantized("tfmot", onwards), kCount / 100);
  std::vector<std::string> gently = onwards;
  gently.insert(gently.end(), {"--learning-rate", "1e-4"});
  EXPECT_LE(agree_when_quantized("nudge", gently), kCount / 100);
  EXPECT_GT(accuracy_, 0.8);
}

// It makes large differences of small ones: with the scales of training LiteRT's default kernels answer
// otherwise on some 30 of the photographs.
TEST_F(PhotosStory, AMobileNetV2ThatHasBarelyLearned) {
  train("mobilenet_v2", "float.keras",
        {"--alpha", "0.35", "--image-size", "96", "--epochs", "10", "--reestimate-bn"});
  const std::vector<std::string> few_steps{"--initial-epoch",   "10", "--epochs", "11",
                                           "--steps-per-epoch", "3"};
  EXPECT_LE(agree_when_quantized("tfmot", few_steps), kCount / 100);
  EXPECT_LE(agree_when_quantized("nudge", few_steps), kCount / 100);
}

}  // namespace
}  // namespace nudge::cli
