// Models with heads as people have them through the program: one output for two classes, logits, sigmoids.
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <memory>
#include <nlohmann/json.hpp>

#include "nudge/base/json.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/test_folder.h"
#include "nudge/keras/save.h"
#include "nudge/layers/layers.h"

namespace nudge::cli {
namespace {

using layers::ActivationFunction;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr int64_t kSide = 6;

// Grey pictures of so many levels, darkest first, in a folder a class.
std::string grey_photos(const data::TestFolder& folder, const std::string& name, int classes) {
  for (const char* split : {"train", "validation", "test"}) {
    for (int c = 0; c < classes; ++c) {
      for (int i = 0; i < 8; ++i) {
        const auto level = static_cast<uint8_t>((c * 230) / (classes - 1) + 3 * i);
        folder.put_picture(fmt::format("{}/{}/level_{}/{}.png", name, split, c, i), level, kSide, kSide);
      }
    }
  }
  return folder.path(name);
}

// Scores that rise with brightness, each with its own slope and offset.
std::string save_classifier(const data::TestFolder& folder, const std::string& name,
                            ActivationFunction activation, const std::vector<float>& slopes,
                            const std::vector<float>& offsets) {
  const Tensor image = input({kSide, kSide, 3}, "image");
  Tensor x = layers::rescaling(image, {.scale = 1.0 / 255, .name = "rescaling"});
  x = layers::conv2d(x, {.filters = 1, .kernel_size = 1, .use_bias = false, .name = "grey"});
  x = layers::global_average_pooling2d(x, {.name = "pool"});
  const auto units = static_cast<int64_t>(slopes.size());
  x = layers::dense(x, {.units = units, .activation = activation, .name = "scores"});
  const ModelPtr model = make_model(image, x, "brightness");
  model->initialize(0);
  model->layer("grey").weight("kernel").value = Array::full<float>({1, 1, 3, 1}, 1.0f / 3);
  model->layer("scores").weight("kernel").value = Array::of<float>({1, units}, slopes);
  model->layer("scores").weight("bias").value = Array::of<float>({units}, offsets);
  keras::save_model(*model, folder.path(name));
  return folder.path(name);
}

class OneOutput : public ::testing::TestWithParam<ActivationFunction> {
 protected:
  data::TestFolder folder_;
};

TEST_P(OneOutput, NamesTheRightClassInEveryKindOfFile) {
  const std::string photos = grey_photos(folder_, "photos", 2);
  const std::string model = save_classifier(folder_, "float.keras", GetParam(), {12}, {-6});
  const std::string quantized = folder_.path("quantized.keras"), ptq = folder_.path("ptq.tflite"),
                    file = folder_.path("float.tflite");
  result_of({"quantize", model, "--calibrate", photos, "-o", quantized});
  result_of({"convert", model, "--representative", photos, "-o", ptq, "--output-type", "int8", "--input-type",
             "uint8"});
  result_of({"convert", model, "-o", file});
  for (const std::string& kind : {model, quantized, ptq, file}) {
    SCOPED_TRACE(kind);
    const Json evaluated = result_of({"evaluate", kind, "--data", photos, "--runtime", "reference"});
    EXPECT_EQ(evaluated["accuracy"], 1.0);
    EXPECT_EQ(evaluated["confusion"], Json::parse("[[8, 0], [0, 8]]"));
    EXPECT_LT(evaluated["loss"].get<double>(), 0.05);
    for (int c = 0; c < 2; ++c) {
      const std::string picture = fmt::format("{}/test/level_{}/0.png", photos, c);
      const Json ranked =
          result_of({"predict", kind, picture, "--runtime", "reference"})["predictions"][0]["classes"];
      ASSERT_EQ(ranked.size(), 2U);
      EXPECT_EQ(ranked[0]["class"], "class " + std::to_string(c));
      EXPECT_GT(ranked[0]["score"].get<double>(), 0.9);
      EXPECT_NEAR(ranked[0]["score"].get<double>() + ranked[1]["score"].get<double>(), 1.0, 1e-6);
    }
  }
  result_of(
      {"evaluate", ptq, "--data", photos, "--runtime", "reference", "--predictions", folder_.path("p.csv")});
  EXPECT_THAT(read_text_file(folder_.path("p.csv")),
              AllOf(HasSubstr("file,label,predicted,level_0,level_1\n"), HasSubstr(",level_1,level_1,")));
}

TEST_P(OneOutput, TrainsAndKnowsTheClassesNames) {
  const std::string photos = grey_photos(folder_, "photos", 2), out = folder_.path("trained.keras");
  const std::string model = save_classifier(folder_, "new.keras", GetParam(), {-1}, {0});
  const ProgramResult trained =
      run_nudge({"train", "--model", model, "--data", photos, "--epochs", "30", "--batch", "8", "--optimizer",
                 "adam", "--learning-rate", "0.1", "-o", out});
  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_THAT(trained.output, HasSubstr("loss binary_crossentropy"));
  EXPECT_EQ(result_of({"evaluate", out, "--data", photos})["accuracy"], 1.0);
  EXPECT_EQ(
      result_of({"predict", out, photos + "/test/level_1/0.png"})["predictions"][0]["classes"][0]["class"],
      "level_1");
}

INSTANTIATE_TEST_SUITE_P(All, OneOutput,
                         ::testing::Values(ActivationFunction::kSigmoid, ActivationFunction::kLinear),
                         [](const auto& test) { return layers::to_string(test.param); });

class HeadsOfPrograms : public ::testing::Test {
 protected:
  data::TestFolder folder_;
};

TEST_F(HeadsOfPrograms, SigmoidsAndLogitsTrainByTheLossThatGoesWithThem) {
  const std::string photos = grey_photos(folder_, "photos", 2);
  for (const auto& [activation, loss] :
       {std::pair{ActivationFunction::kSigmoid,
                  "loss sparse_categorical_crossentropy: the model ends in sigmoid"},
        std::pair{ActivationFunction::kLinear,
                  "loss sparse_categorical_crossentropy_from_logits: the model ends in logits"}}) {
    const std::string model = save_classifier(folder_, "m.keras", activation, {0.1f, -0.1f}, {3, 3});
    const std::string out = folder_.path("out.keras");
    const ProgramResult trained =
        run_nudge({"train", "--model", model, "--data", photos, "--epochs", "40", "--batch", "8",
                   "--optimizer", "adam", "--learning-rate", "0.2", "-o", out});
    ASSERT_EQ(trained.exit_code, 0) << trained.errors;
    EXPECT_THAT(trained.output, HasSubstr(loss));
    EXPECT_EQ(result_of({"evaluate", out, "--data", photos})["accuracy"], 1.0);
  }
}

TEST_F(HeadsOfPrograms, ALossThatDoesNotGoWithTheOutputsIsWarnedAbout) {
  const std::string photos = grey_photos(folder_, "photos", 2);
  const std::string logits =
      save_classifier(folder_, "l.keras", ActivationFunction::kLinear, {1, -1}, {0, 0});
  const ProgramResult evaluated =
      run_nudge({"evaluate", logits, "--data", photos, "--loss", "sparse_categorical_crossentropy"});
  EXPECT_EQ(evaluated.exit_code, 0);
  EXPECT_THAT(evaluated.errors, HasSubstr("the model ends in logits"));
  const std::string softmax =
      save_classifier(folder_, "s.keras", ActivationFunction::kSoftmax, {1, -1}, {0, 0});
  const ProgramResult trained =
      run_nudge({"train", "--model", softmax, "--data", photos, "--epochs", "1", "--loss",
                 "sparse_categorical_crossentropy_from_logits", "-o", folder_.path("out.keras")});
  EXPECT_EQ(trained.exit_code, 0);
  EXPECT_THAT(trained.errors, HasSubstr("the model ends in softmax"));
  EXPECT_THAT(run_nudge({"evaluate", softmax, "--data", photos}).errors, IsEmpty());
}

TEST_F(HeadsOfPrograms, OtherClassesAskForANewHead) {
  const std::string photos = grey_photos(folder_, "photos", 3), out = folder_.path("out.keras");
  const std::string model =
      save_classifier(folder_, "m.keras", ActivationFunction::kSoftmax, {1, -1}, {0, 0});
  const ProgramResult refused = run_nudge({"train", "--model", model, "--data", photos, "-o", out});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, AllOf(HasSubstr("has 3 classes"), HasSubstr("--head dense")));
  EXPECT_THAT(refused.errors, ::testing::Not(HasSubstr("--classes")));
  EXPECT_THAT(run_nudge({"evaluate", model, "--data", photos}).errors, HasSubstr("--head dense"));

  const ProgramResult trained = run_nudge(
      {"train", "--model", model, "--data", photos, "--head", "dense:8,relu", "--freeze", "backbone",
       "--epochs", "60", "--batch", "8", "--optimizer", "adam", "--learning-rate", "0.1", "-o", out});
  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_THAT(trained.output, AllOf(HasSubstr("head: dense, dense_1 in place of scores\n"),
                                    HasSubstr("frozen: 1 of 3 layers\n")));
  EXPECT_EQ(result_of({"evaluate", out, "--data", photos})["accuracy"], 1.0);
  const ModelPtr saved = keras::load_model(out);
  EXPECT_FALSE(saved->layer("grey").trainable()) << "kept in the file, as in Keras";
  EXPECT_EQ(saved->layer("grey").weight("kernel").value.data<float>()[0], 1.0f / 3);

  const ProgramResult again = run_nudge({"train", "--model", out, "--data", photos, "--initial-epoch", "60",
                                         "--epochs", "61", "--freeze", "none", "-o", out});
  ASSERT_EQ(again.exit_code, 0) << again.errors;
  EXPECT_THAT(again.output, ::testing::Not(HasSubstr("frozen")));
  EXPECT_TRUE(keras::load_model(out)->layer("grey").trainable());
  const ProgramResult nothing = run_nudge(
      {"train", "--model", out, "--data", photos, "--freeze", ".*", "-o", folder_.path("no.keras")});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.errors, HasSubstr("--freeze none frees them"));
}

TEST_F(HeadsOfPrograms, LabelsAreOfTheFirstOfTwoOutputs) {
  const Tensor image = input({kSide, kSide, 3}, "image");
  const Tensor x = layers::global_average_pooling2d(layers::rescaling(image, {.scale = 1.0 / 255}), {});
  const ModelPtr model =
      make_model({image}, {layers::dense(x, {.units = 2}), layers::dense(x, {.units = 2})}, "twins");
  model->initialize(0);
  keras::save_model(*model, folder_.path("twins.keras"));
  result_of({"convert", folder_.path("twins.keras"), "-o", folder_.path("twins.tflite")});
  const std::string photos = grey_photos(folder_, "photos", 2);
  for (const char* kind : {"twins.keras", "twins.tflite"}) {
    const ProgramResult result = run_nudge({"evaluate", folder_.path(kind), "--data", photos});
    EXPECT_EQ(result.exit_code, 0) << kind;
    EXPECT_THAT(result.errors, AllOf(HasSubstr("the labels are for output"), HasSubstr("without a target")))
        << kind;
  }
}

}  // namespace
}  // namespace nudge::cli
