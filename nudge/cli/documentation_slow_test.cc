// The commands of the README and of docs/, one after the other in an empty folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <nlohmann/json.hpp>
#include <numeric>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/documented_commands.h"
#include "nudge/data/npz.h"
#include "nudge/keras/h5_json_test.h"

namespace nudge::cli {
namespace {

void expect_files(const TestFolder& folder, const std::vector<std::string>& names) {
  for (const std::string& name : names) EXPECT_TRUE(std::filesystem::exists(folder.path(name))) << name;
}

const Command kMakePhotos = {"data", "make", "flowers", "photos", "--count", "60", "--image-size", "64"};

TEST(Documentation, TheTutorialRuns) {
  const TestFolder folder;
  const auto commands = documented_commands("docs/tutorial.md");
  ASSERT_GT(commands.size(), 12U);
  expect_commands_run(commands, folder.path());
  expect_files(folder, {"log/history.png", "ptq.tflite", "qat.tflite", "report.html", "coral.tflite",
                        "firmware/qat_self_test.cc"});
}

// Those that need nothing from outside: what comes after needs ImageNet's weights.
TEST(Documentation, TheReadmesCommandsRun) {
  const TestFolder folder;
  auto commands = documented_commands("README.md");
  const auto pretrained = std::ranges::find_if(
      commands, [](const Command& command) { return std::ranges::count(command, "imagenet") > 0; });
  ASSERT_GT(pretrained - commands.begin(), 6);
  commands.erase(pretrained, commands.end());
  commands.insert(commands.begin(), kMakePhotos);
  expect_commands_run(commands, folder.path());
  expect_files(folder, {"float.keras", "qat.tflite", "ptq.tflite", "firmware/qat_model.cc"});
}

// TFMOT's model of the fixture takes images of two channels, so that arrays stand for the photos.
TEST(Documentation, TfmotsModelsAreTakenAsItsPageSays) {
  const TestFolder folder;
  const std::string fixture = std::string(NUDGE_SOURCE_DIR) + "/nudge/keras/testdata/tfmot_models.json";
  const Json model = parse_json(read_text_file(fixture), fixture)["tfmot"];
  write_file(folder.path("tfmot_qat.h5"), keras::h5_from_json(model["h5"]));
  Array labels({4}, DataType::kInt32);
  std::iota(labels.data<int32_t>(), labels.data<int32_t>() + 3, 0);
  data::write_npz(folder.path("photos.npz"),
                  {{"x", keras::array_from_json(model["inputs"][0])}, {"y", labels}});
  auto commands = documented_commands("docs/from-tfmot.md");
  ASSERT_EQ(commands.size(), 2U);
  std::ranges::replace(commands[1], "photos", "photos.npz");
  expect_commands_run(commands, folder.path());
  expect_files(folder, {"model.tflite", "on.keras"});
}

TEST(Documentation, FirmwareIsMadeAsItsPageSays) {
  const TestFolder folder;
  std::vector<Command> commands = {{"train", "--model", "small_cnn", "--image-size", "16", "--data",
                                    "builtin:flowers?count=40", "--epochs", "1", "-o", "float.keras"},
                                   {"convert", "float.keras", "--representative", "builtin:flowers?count=40",
                                    "--golden", "2", "-o", "model.tflite"}};
  const auto shown = documented_commands("docs/small-devices.md");
  ASSERT_EQ(shown.size(), 1U);
  commands.push_back(shown.front());
  expect_commands_run(commands, folder.path());
  expect_files(folder, {"firmware/model_model.cc", "firmware/model_golden.cc"});
}

TEST(Documentation, ItsConfigurationOfQuantizersIsTaken) {
  const TestFolder folder;
  const std::string page = read_text_file(std::string(NUDGE_SOURCE_DIR) + "/docs/command-line.md");
  const size_t begin = page.find("```json\n") + 8;
  write_file(folder.path("quantizers.json"), page.substr(begin, page.find("```", begin) - begin));
  expect_commands_run({{"train", "--model", "small_cnn", "--image-size", "16", "--data",
                        "builtin:flowers?count=40", "--epochs", "1", "-o", "float.keras"},
                       {"quantize", "float.keras", "--config", "quantizers.json", "-o", "quantized.keras"}},
                      folder.path());
}

}  // namespace
}  // namespace nudge::cli
