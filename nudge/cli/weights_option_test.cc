// --weights, and what a download says at the terminal.
#include "nudge/cli/weights_option.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "nudge/applications/applications.h"
#include "nudge/base/array.h"
#include "nudge/base/file.h"
#include "nudge/base/log.h"
#include "nudge/cli/data_source.h"
#include "nudge/cli/program_run.h"
#include "nudge/download/hash.h"
#include "nudge/download/test_folder.h"
#include "nudge/download/test_server.h"
#include "nudge/keras/legacy_file_test.h"
#include "nudge/keras/save.h"

namespace nudge::cli {
namespace {

using applications::ApplicationOptions;
using applications::PretrainedFile;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kName = "MobileNetV2";
constexpr const char* kFile = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_96_no_top.h5";
constexpr const char* kTwentyFlowers = "builtin:flowers?count=20&seed=1";
// Nobody listens there, so nothing is fetched whatever network there is.
constexpr const char* kNoNetwork = "https_proxy=http://127.0.0.1:9";

ModelPtr backbone() {
  ModelPtr model = applications::build_application(
      kName, {.input_shape = {96, 96, 3}, .alpha = 0.35, .include_top = false});
  model->initialize(7);
  return model;
}

class WeightsOption : public ::testing::Test {
 protected:
  WeightsOption() { make_folder(folder_.path("models")); }
  ~WeightsOption() override { set_log_level(LogLevel::kWarning); }

  ProgramResult run(const std::vector<std::string>& arguments) const {
    return run_nudge(arguments, {"KERAS_HOME=" + folder_.path(), kNoNetwork});
  }
  ProgramResult train(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"train",    "--data", kTwentyFlowers,
                                       "--epochs", "1",      "--freeze",
                                       "backbone", "-o",     folder_.path("out.keras")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run(arguments);
  }

  static void expect_failure(const ProgramResult& result, const std::vector<std::string>& causes) {
    EXPECT_EQ(result.exit_code, 1);
    for (const std::string& cause : causes) EXPECT_THAT(result.errors, HasSubstr(cause));
    EXPECT_EQ(result.errors.find('\n'), result.errors.size() - 1) << result.errors;
  }

  download::TestFolder folder_;
};

TEST_F(WeightsOption, ImagenetFillsTheBackboneFromKerasCacheAndSaysWhatItLeaves) {
  const ModelPtr published = backbone();
  write_file(folder_.path("models/" + std::string(kFile)), keras::legacy_image(*published));
  const ProgramResult result =
      train({"--model", "mobilenet_v2", "--alpha", "0.35", "--image-size", "96", "--weights", "imagenet"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(result.errors, HasSubstr(std::string(kFile) +
                                       ": has nothing for 'dense' of the model, which stays as it was\n"));
  const ModelPtr trained = keras::load_model(folder_.path("out.keras"));
  EXPECT_TRUE(identical(std::as_const(*trained).layer("Conv_1").weight("kernel").value,
                        std::as_const(*published).layer("Conv_1").weight("kernel").value));
}

TEST_F(WeightsOption, ImagenetWithoutANetworkSaysWhichFileToPutWhere) {
  expect_failure(
      train({"--model", "mobilenet_v2", "--alpha", "0.35", "--image-size", "96", "--weights", "imagenet"}),
      {"https://storage.googleapis.com/tensorflow/keras-applications/mobilenet_v2/" + std::string(kFile),
       "put it at " + folder_.path("models/" + std::string(kFile))});
  EXPECT_FALSE(std::filesystem::exists(folder_.path("out.keras")));
  // The classifier of Keras too.
  expect_failure(run({"summary", "mobilenet", "--weights", "imagenet"}),
                 {"put it at " + folder_.path("models/mobilenet_1_0_224_tf.h5")});
}

TEST_F(WeightsOption, ImagenetSaysWhatThereIsWhereThereIsNone) {
  expect_failure(train({"--model", "mobilenet_v2", "--alpha", "0.4", "--weights", "imagenet"}),
                 {"MobileNetV2", "alpha 0.35, 0.5, 0.75, 1, 1.3, 1.4 only, not 0.4"});
  expect_failure(train({"--model", "small_cnn", "--weights", "imagenet"}),
                 {"'small_cnn'", "has no ImageNet weights; leave the weights out"});
  expect_failure(run({"summary", "mobilenet_v2", "--image-size", "100", "--weights", "imagenet"}),
                 {"square images of 96, 128, 160, 192, 224 pixels only"});
  write_file(folder_.path("models/" + std::string(kFile)), keras::legacy_image(*backbone()));
  const std::string file = folder_.path("mine.keras");
  keras::save_model(*backbone(), file);
  expect_failure(train({"--model", file, "--weights", "imagenet"}),
                 {"--weights imagenet is for applications by name", file});
}

TEST_F(WeightsOption, AFileOfOtherClassesLeavesTheHead) {
  const ApplicationOptions options{
      .input_shape = {96, 96, 3}, .alpha = 0.35, .classes = 7, .head = applications::Head::kDense};
  const ModelPtr other = applications::build_application(kName, options);
  other->initialize(7);
  const std::string file = folder_.path("other.keras");
  keras::save_model(*other, file);
  const std::vector<std::string> model{"--model",      "mobilenet_v2", "--alpha",   "0.35",
                                       "--image-size", "96",           "--weights", file};
  const ProgramResult result = train(model);
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(
      result.errors,
      HasSubstr("other.keras: has nothing for 'dense' of the model, which stays as it was; its 'dense' "
                "is not used\n"));
  std::vector<std::string> quiet = model;
  quiet.emplace_back("--quiet");
  EXPECT_THAT(train(quiet).errors, Not(HasSubstr("other.keras")));
  std::vector<std::string> wider = model;
  wider[3] = "0.5";
  expect_failure(train(wider),
                 {"other.keras", "layer 'block_1_project' has a kernel of shape (1, 1, 48, 16)"});
}

// On a plain file, as on a terminal, one line says what is fetched.
TEST_F(WeightsOption, ADownloadShowsItself) {
  const std::vector<std::byte> image = keras::legacy_image(*backbone());
  const std::string body(reinterpret_cast<const char*>(image.data()), image.size());
  const download::TestServer server(
      [&](const download::TestRequest& request) { return download::ranged(request, body); });
  const download::TestKerasHome home(folder_.path());
  const ApplicationOptions options{
      .input_shape = {96, 96, 3}, .alpha = 0.35, .classes = 5, .head = applications::Head::kDense};
  PretrainedFile file = applications::imagenet_weights(kName, options);
  file.url = server.url("/" + file.name);
  for (const LogLevel level : {LogLevel::kInfo, LogLevel::kError}) {
    std::filesystem::remove(folder_.path("models/" + file.name));
    set_log_level(level);
    const ModelPtr model = applications::build_application(kName, options);
    ::testing::internal::CaptureStderr();
    apply_imagenet_weights(*model, file);
    const std::string said = ::testing::internal::GetCapturedStderr();
    if (level == LogLevel::kError) {
      EXPECT_THAT(said, IsEmpty());
    } else {
      EXPECT_THAT(
          said, AllOf(HasSubstr("downloading " + file.name + " (2."), HasSubstr("has nothing for 'dense'")));
    }
  }
}

TEST_F(WeightsOption, FlowersWithoutANetworkSayWhichFileToPutWhere) {
  const ProgramResult result = run({"data", "info", "tf_flowers"});
  expect_failure(result, {"flower_photos.tgz", "put it at " + folder_.path("datasets/flower_photos.tgz")});
}

}  // namespace
}  // namespace nudge::cli
