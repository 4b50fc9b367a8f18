// Pixels are scaled once, whoever does it: by the program, by a layer of the model, or before they came.
#include <gmock/gmock.h>

#include <algorithm>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "nudge/applications/applications.h"
#include "nudge/base/json.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/npy.h"
#include "nudge/data/npz.h"
#include "nudge/data/source.h"
#include "nudge/data/test_folder.h"
#include "nudge/keras/save.h"

namespace nudge::cli {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

// The same pictures as pixels and, as somebody's script left them, in -1..1.
class Preprocess : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<data::TestFolder>();
    const auto flowers = data::open_source("builtin:flowers?count=60");
    Array pixels({60, 16, 16, 3}, DataType::kUInt8), floats({60, 16, 16, 3}), labels({60}, DataType::kInt32);
    for (int64_t i = 0; i < 60; ++i) {
      const Array picture = flowers->load(i, {16, 16});
      std::copy_n(picture.data<uint8_t>(), picture.size(), pixels.data<uint8_t>() + i * picture.size());
      labels.data<int32_t>()[i] = flowers->label(i);
    }
    for (int64_t i = 0; i < pixels.size(); ++i) {
      floats.data<float>()[i] = static_cast<float>(pixels.data<uint8_t>()[i]) / 127.5f - 1.0f;
    }
    data::write_npz(path("pixels.npz"), {{"x", pixels}, {"y", labels}});
    data::write_npz(path("floats.npz"), {{"x", floats}, {"y", labels}});
    folder_->put_picture("grey.png");
    result_of({"train", "--model", "small_cnn", "--image-size", "16", "--data", path("floats.npz"),
               "--epochs", "2", "--optimizer", "adam", "-o", path("scaled_outside.keras")},
              &training_errors_);
    // As Keras saves it: no card.
    keras::save_model(*keras::load_model(path("scaled_outside.keras")), path("keras.keras"));
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return folder_->path(name); }
  static Json evaluated(const std::string& model, const std::string& data,
                        const std::vector<std::string>& more = {}, std::string* errors = nullptr) {
    std::vector<std::string> arguments{"evaluate", path(model), "--data", path(data), "--split", "all"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return result_of(arguments, errors);
  }

  inline static std::unique_ptr<data::TestFolder> folder_;
  inline static std::string training_errors_;
};

TEST_F(Preprocess, FloatsAreTakenAsTheyAre) {
  EXPECT_THAT(training_errors_, AllOf(HasSubstr("floats.npz"), HasSubstr("as they are")));
  std::string errors;
  const Json floats = evaluated("scaled_outside.keras", "floats.npz", {}, &errors);
  EXPECT_THAT(errors, IsEmpty()) << "training has said so";
  const Json pixels = evaluated("scaled_outside.keras", "pixels.npz", {"--preprocess", "tf"});
  EXPECT_EQ(floats["accuracy"], pixels["accuracy"]);
  EXPECT_EQ(floats["loss"], pixels["loss"]);
  const Json unscaled = evaluated("scaled_outside.keras", "pixels.npz", {"--preprocess", "none"});
  EXPECT_NE(unscaled["loss"], pixels["loss"]);
  const Json line = evaluated("scaled_outside.keras", "pixels.npz", {"--preprocess", "0.00784313725,-1"});
  EXPECT_NEAR(line["loss"].get<double>(), pixels["loss"].get<double>(), 1e-5);
}

TEST_F(Preprocess, NobodyGuessesWhatNothingSays) {
  for (const char* model : {"scaled_outside.keras", "keras.keras"}) {
    for (const std::vector<std::string>& arguments : std::vector<std::vector<std::string>>{
             {"evaluate", path(model), "--data", path("pixels.npz")},
             {"compare", path(model), "--data", path("pixels.npz")},
             {"predict", path(model), path("grey.png")},
             {"train", "--model", path(model), "--data", path("pixels.npz"), "-o", path("never.keras")},
             {"quantize", path(model), "--calibrate", path("pixels.npz"), "-o", path("never.keras")},
             {"convert", path(model), "--representative", path("pixels.npz"), "-o", path("never.tflite")}}) {
      const ProgramResult result = run_nudge(arguments);
      EXPECT_EQ(result.exit_code, 1) << ::testing::PrintToString(arguments);
      EXPECT_THAT(result.errors, AllOf(HasSubstr(model), HasSubstr("--preprocess none (0..255), rescale")));
    }
  }
  EXPECT_FALSE(std::filesystem::exists(path("never.keras")));
  EXPECT_FALSE(std::filesystem::exists(path("never.tflite")));
}

TEST_F(Preprocess, IsToldOnceAndKept) {
  result_of({"quantize", path("keras.keras"), "--calibrate", path("pixels.npz"), "--preprocess", "tf", "-o",
             path("quantized.keras")});
  result_of({"train", "--model", path("quantized.keras"), "--data", path("pixels.npz"), "--epochs", "1", "-o",
             path("qat.keras")});
  result_of({"convert", path("qat.keras"), "-o", path("qat.tflite"), "--quiet"});
  EXPECT_EQ(result_of({"summary", path("qat.keras")})["card"]["preprocessing"], "tf");
  const Json card = result_of({"inspect", path("qat.tflite")})["card"];
  EXPECT_EQ(card["preprocessing"], "tf");
  EXPECT_EQ(card["origin"], "qat");
  EXPECT_EQ(card["image_size"], Json({16, 16}));
  EXPECT_EQ(card["trained"]["qat_epochs"], 1);
  EXPECT_THAT(run_nudge({"summary", path("qat.keras")}).output, HasSubstr("pixels: tf"));
  EXPECT_THAT(run_nudge({"inspect", path("qat.tflite")}).output, HasSubstr("pixels: tf"));
  std::string errors;
  const Json known = evaluated("qat.keras", "pixels.npz", {}, &errors);
  EXPECT_THAT(errors, IsEmpty());
  EXPECT_EQ(known["accuracy"], evaluated("qat.keras", "pixels.npz", {"--preprocess", "tf"})["accuracy"]);
  EXPECT_EQ(known["accuracy"], evaluated("qat.tflite", "pixels.npz", {"--runtime", "reference"})["accuracy"]);
  result_of({"predict", path("qat.tflite"), path("grey.png"), "--runtime", "reference"});
}

TEST_F(Preprocess, AKnownArchitectureIsNamed) {
  const ModelPtr model = applications::build_application(
      "MobileNetV2",
      {.input_shape = {32, 32, 3}, .alpha = 0.35, .classes = 5, .head = applications::Head::kDense});
  model->initialize(1);
  keras::save_model(*model, path("mobilenet_v2.keras"));
  std::string errors;
  const Json known = evaluated("mobilenet_v2.keras", "pixels.npz", {}, &errors);
  EXPECT_THAT(errors,
              AllOf(HasSubstr("MobileNetV2"), HasSubstr("tf"), HasSubstr("--preprocess says otherwise")));
  EXPECT_EQ(known["loss"],
            evaluated("mobilenet_v2.keras", "pixels.npz", {"--preprocess", "tf"}, &errors)["loss"]);
  EXPECT_THAT(errors, Not(HasSubstr("MobileNetV2"))) << "told, it takes nothing for granted";
}

// The pictures are darker than white; their bytes still go in as they are.
TEST_F(Preprocess, BytesGoIntoAUint8File) {
  struct Case {
    const char* preprocess;
    double scale;
    std::vector<int64_t> zero_points;
  };
  for (const Case& wanted :
       {Case{"tf", 1 / 127.5, {127, 128}}, Case{"rescale", 1 / 255.0, {0}}, Case{"none", 1, {0}}}) {
    SCOPED_TRACE(wanted.preprocess);
    result_of({"convert", path("keras.keras"), "--representative", path("pixels.npz"), "--preprocess",
               wanted.preprocess, "--input-type", "uint8", "--output-type", "uint8", "-o",
               path("ptq.tflite")});
    result_of({"quantize", path("keras.keras"), "--calibrate", path("pixels.npz"), "--preprocess",
               wanted.preprocess, "-o", path("q.keras")});
    result_of({"convert", path("q.keras"), "--input-type", "uint8", "--output-type", "uint8", "-o",
               path("q.tflite"), "--quiet"});
    for (const char* file : {"ptq.tflite", "q.tflite"}) {
      const Json inspected = result_of({"inspect", path(file)});
      const Json input = inspected["tensors"][inspected["ops"][0]["inputs"][0].get<size_t>()];
      EXPECT_NEAR(input["quantization"]["scale"][0].get<double>(), wanted.scale, 1e-6 * wanted.scale);
      EXPECT_THAT(wanted.zero_points,
                  ::testing::Contains(input["quantization"]["zero_point"][0].get<int64_t>()));
      EXPECT_EQ(inspected["feeding"], "input: uint8, a picture's bytes 0..255 as they are");
      // Fed by the program from pixels, and as a device would with the bytes: the same codes come out.
      const data::Archive arrays = data::read_npz(path("pixels.npz"));
      data::write_npy(path("bytes.npy"), arrays.at("x"));
      result_of({"predict", path(file), "--npy", path("bytes.npy"), "--out", path("codes.npy"), "--runtime",
                 "reference"});
      const Array codes = data::read_npy(path("codes.npy"));
      const int64_t classes = codes.shape()[1];
      int64_t right = 0;
      for (int64_t i = 0; i < 60; ++i) {
        const uint8_t* row = codes.data<uint8_t>() + i * classes;
        right += std::max_element(row, row + classes) - row == arrays.at("y").data<int32_t>()[i] ? 1 : 0;
      }
      const Json json = evaluated(file, "pixels.npz", {"--runtime", "reference"});
      EXPECT_NEAR(json["accuracy"].get<double>(), static_cast<double>(right) / 60, 1e-9) << file;
    }
  }
}

TEST_F(Preprocess, AnotherWordIsWrongUsage) {
  for (const char* word : {"imagenet", "0,1", "1"}) {
    const ProgramResult result =
        run_nudge({"evaluate", path("keras.keras"), "--data", path("pixels.npz"), "--preprocess", word});
    EXPECT_EQ(result.exit_code, 2) << word;
    EXPECT_THAT(result.errors, HasSubstr("--preprocess")) << word;
  }
}

}  // namespace
}  // namespace nudge::cli
