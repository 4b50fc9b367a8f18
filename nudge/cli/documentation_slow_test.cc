// The commands of the README and of docs/, one after the other in an empty folder.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iterator>
#include <nlohmann/json.hpp>
#include <numeric>
#include <sstream>

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

// The lines of the page's block that builds firmware with TensorFlow Lite Micro, a command each.
std::vector<std::string> firmware_lines() {
  const std::string page = read_text_file(std::string(NUDGE_SOURCE_DIR) + "/docs/small-devices.md");
  const size_t begin = page.find("```\nDOWNLOADS=") + 4;
  std::string block = page.substr(begin, page.find("```", begin) - begin);
  for (size_t at; (at = block.find(" \\\n")) != std::string::npos;) block.erase(at, 3);
  std::vector<std::string> lines;
  std::istringstream stream(block);
  for (std::string line; std::getline(stream, line);) lines.push_back(line);
  return lines;
}

std::vector<std::string> words_of(const std::string& line) {
  std::istringstream stream(line);
  return {std::istream_iterator<std::string>(stream), {}};
}

// Built is all that needs no header of TensorFlow Lite Micro, and what calls it: main() here.
constexpr const char* kReadsTheArrays = R"(#include <cstdint>
#include "model_golden.h"
#include "model_model.h"

int main() {
  if (reinterpret_cast<std::uintptr_t>(model_model) % 16 != 0) return 1;
  if (model_model[4] != 'T' || model_model[5] != 'F' || model_model[6] != 'L') return 2;
  const int used = model_golden_inputs[0] + model_golden_outputs[0];  // both are linked
  return used <= 510 && model_golden_vectors == 2 && model_arena_bytes < model_model_bytes ? 0 : 3;
}
)";

TEST(Documentation, FirmwareIsMadeAndBuiltAsItsPageSays) {
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
  // Each kind of file that the page's table names, and no other.
  const std::string page = read_text_file(std::string(NUDGE_SOURCE_DIR) + "/docs/small-devices.md");
  for (const auto& entry : std::filesystem::directory_iterator(folder.path("firmware"))) {
    const std::string kind = "NAME" + entry.path().filename().string().substr(std::string("model").size());
    EXPECT_NE(page.find("`" + kind + "`"), std::string::npos) << kind;
  }

  const std::vector<std::string> lines = firmware_lines();
  ASSERT_EQ(lines.size(), 4U);
  const std::string set = lines[0] + "\n" + lines[1] + "\n", make = lines[2], compile = lines[3];
  EXPECT_TRUE(make.starts_with("make -f tensorflow/lite/micro/")) << make;
  for (size_t at = compile.find('$'); at != std::string::npos; at = compile.find('$', at + 1)) {
    const std::string name = compile.substr(at + 1, compile.find('/', at) - at - 1);
    EXPECT_NE(("\n" + set).find("\n" + name + "="), std::string::npos) << name << " is not set";
  }
  std::string command = "cd '" + folder.path() + "'";
  bool sources = false;
  for (const std::string& word : words_of(compile)) {
    if (word == "g++") {
      command += " && '" NUDGE_COMPILER "' -Wall -Wextra -Werror";
    } else if (word == "firmware/*.cc") {
      sources = true;
      write_file(folder.path("firmware/main.cc"), std::string(kReadsTheArrays));
      for (const auto& entry : std::filesystem::directory_iterator(folder.path("firmware"))) {
        const std::string path = entry.path().string();
        if (path.ends_with(".cc") && read_text_file(path).find("tensorflow/") == std::string::npos) {
          command += " '" + path + "'";
        }
      }
    } else if (word.find('$') == std::string::npos) {
      command += " " + word;
    }
  }
  EXPECT_TRUE(sources) << compile;
  EXPECT_EQ(std::system((command + " && ./self_test").c_str()), 0) << command;
}

// The page's blocks of JSON.
std::vector<std::string> json_blocks() {
  const std::string page = read_text_file(std::string(NUDGE_SOURCE_DIR) + "/docs/command-line.md");
  const std::string fence = "```json\n";
  std::vector<std::string> blocks;
  for (size_t at = page.find(fence); at != std::string::npos; at = page.find(fence, at)) {
    at += fence.size();
    blocks.push_back(page.substr(at, page.find("```", at) - at));
  }
  return blocks;
}

TEST(Documentation, ItsConfigurationOfQuantizersIsTaken) {
  const TestFolder folder;
  const auto blocks = json_blocks();
  ASSERT_EQ(blocks.size(), 2U);
  write_file(folder.path("quantizers.json"), blocks[0]);
  expect_commands_run({{"train", "--model", "small_cnn", "--image-size", "16", "--data",
                        "builtin:flowers?count=40", "--epochs", "1", "-o", "float.keras"},
                       {"quantize", "float.keras", "--config", "quantizers.json", "-o", "quantized.keras"}},
                      folder.path());
}

TEST(Documentation, ItsRecipeIsTaken) {
  const TestFolder folder;
  const auto blocks = json_blocks();
  ASSERT_EQ(blocks.size(), 2U);
  write_file(folder.path("recipe.json"), blocks[1]);
  expect_commands_run({kMakePhotos, {"run", "recipe.json", "--check"}}, folder.path());
}

}  // namespace
}  // namespace nudge::cli
