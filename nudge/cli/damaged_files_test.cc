// Pictures that cannot be read, among those that `nudge train` is given.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/json.h"
#include "nudge/cli/program_run.h"
#include "nudge/data/test_folder.h"
#include "nudge/data/test_records.h"

namespace nudge::cli {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class DamagedFiles : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"a", "b"}) {
      for (int i = 0; i < 6; ++i) {
        const std::string file = "/" + name + "/" + std::to_string(i) + ".png";
        folder_.put_picture("photos/train" + file, static_cast<uint8_t>(40 * i), 16, 16);
        folder_.put_picture("photos/validation" + file, static_cast<uint8_t>(40 * i), 16, 16);
      }
    }
    folder_.put("photos/train/b/3.png", "\x89PNG and nothing more");
    folder_.put("photos/validation/a/5.png", "");
  }
  std::vector<std::string> training(const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"train",
                                       "--model",
                                       "small_cnn",
                                       "--image-size",
                                       "16",
                                       "--data",
                                       folder_.path("photos"),
                                       "--epochs",
                                       "2",
                                       "--batch",
                                       "4",
                                       "-o",
                                       folder_.path("out.keras")};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  data::TestFolder folder_;
};

TEST_F(DamagedFiles, AreLeftOutCountedAndNamed) {
  const auto trained = run_nudge(training({}));
  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_THAT(trained.errors, HasSubstr("b/3.png"));
  EXPECT_THAT(trained.output, HasSubstr("left out, as they cannot be read (2):"));
  EXPECT_THAT(trained.output, HasSubstr("a/5.png"));
  const auto told = run_nudge(training({"--json", "-"}));
  ASSERT_EQ(told.exit_code, 0) << told.errors;
  EXPECT_THAT(Json::parse(told.output)["damaged"].get<std::vector<std::string>>(),
              ElementsAre(HasSubstr("b/3.png"), HasSubstr("a/5.png")));
}

TEST_F(DamagedFiles, AreAnErrorWhenStrict) {
  const auto refused = run_nudge(training({"--strict"}));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr(".png"));
}

TEST_F(DamagedFiles, AreLeftOutOfWhatAModelIsMeasuredAndCalibratedOn) {
  ASSERT_EQ(run_nudge(training({})).exit_code, 0);
  const std::string model = folder_.path("out.keras"), photos = folder_.path("photos");
  const std::vector<std::vector<std::string>> commands{
      {"evaluate", model, "--data", photos, "--split", "validation"},
      {"compare", model, "--data", photos, "--split", "validation"},
      {"quantize", model, "--calibrate", photos, "-o", folder_.path("quantized.keras")},
      {"convert", model, "--representative", photos, "-o", folder_.path("out.tflite")}};
  for (std::vector<std::string> command : commands) {
    SCOPED_TRACE(command[0]);
    const auto done = run_nudge(command);
    EXPECT_EQ(done.exit_code, 0) << done.errors;
    EXPECT_THAT(done.errors, HasSubstr("a/5.png: the image is empty"));
    if (command[0] == "evaluate") {
      EXPECT_THAT(done.output, HasSubstr("on 11 images"));
    }
    command.emplace_back("--strict");
    const auto refused = run_nudge(command);
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.errors, HasSubstr(".png"));
  }
}

TEST_F(DamagedFiles, MayBeRecords) {
  std::string file;
  size_t at = 0;
  for (int i = 0; i < 30; ++i) {
    if (i == 15) at = file.size();
    file += data::labelled_record(
        data::encode_png(Array::full<uint8_t>({16, 16, 3}, static_cast<uint8_t>(8 * i))), i % 2);
  }
  char& within = file[at + 60];
  within = static_cast<char>(within ^ 8);
  folder_.put("records/a.tfrecord", file.substr(0, file.size() - 9));
  const std::vector<std::string> arguments{
      "train", "--model",      "small_cnn", "--data", folder_.path("records/a.tfrecord"), "--epochs",
      "1",     "--image-size", "16",        "-o",     folder_.path("out.keras")};
  const auto trained = run_nudge(arguments);
  ASSERT_EQ(trained.exit_code, 0) << trained.errors;
  EXPECT_THAT(trained.output, HasSubstr("left out, as they cannot be read (2):"));
  EXPECT_THAT(trained.output, HasSubstr("a.tfrecord: record 29: the file ends within it"));
  EXPECT_THAT(trained.output, HasSubstr("a.tfrecord: record 15: its checksum is another"));
  std::vector<std::string> strict = arguments;
  strict.emplace_back("--strict");
  const auto refused = run_nudge(strict);
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, HasSubstr("a.tfrecord: record 29: "));
}

}  // namespace
}  // namespace nudge::cli
