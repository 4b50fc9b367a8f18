// The commands of the README and of docs/ that need files of others.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>

#include "nudge/base/test_folder.h"
#include "nudge/cli/documented_commands.h"
#include "nudge/cli/program_run.h"

namespace nudge::cli {
namespace {

namespace fs = std::filesystem;

const std::string kShared = std::string(NUDGE_SOURCE_DIR) + "/../shared/";

// As Keras keeps them: KERAS_HOME/models.
TEST(Documentation, TheReadmesPretrainedModelsTrain) {
  const std::string pretrained = kShared + "data/pretrained/";
  if (!fs::exists(pretrained)) GTEST_SKIP() << "../shared/data/pretrained is not there";
  const TestFolder folder;
  fs::create_directories(folder.path("models"));
  const std::string weights = "mobilenet_v2_weights_tf_dim_ordering_tf_kernels_0.35_224_no_top.h5";
  fs::create_symlink(fs::canonical(pretrained + weights), folder.path("models/" + weights));
  fs::create_symlink(fs::canonical(pretrained + "teachable_machine_2.h5"), folder.path("keras_model.h5"));
  ::setenv("KERAS_HOME", folder.path().c_str(), 1);

  const auto commands = documented_commands("README.md");
  const auto first = std::ranges::find_if(
      commands, [](const Command& command) { return std::ranges::count(command, "imagenet") > 0; });
  ASSERT_EQ(commands.end() - first, 2);
  std::vector<Command> run(first, commands.end());
  // One epoch of few pictures: what is asked is that the commands are taken.
  for (Command& command : run) command.insert(command.end(), {"--epochs", "1"});
  run.insert(run.begin(), {"data", "make", "flowers", "photos", "--count", "40", "--image-size", "64"});
  expect_commands_run(run, folder.path());
  ::unsetenv("KERAS_HOME");
}

TEST(Documentation, TheEdgeTpusPageShowsWhatIsPrinted) {
  const std::string models = kShared + "oracles/edgetpu/models";
  if (!fs::exists(models)) GTEST_SKIP() << "../shared/oracles is not there";
  const auto commands = documented_commands("docs/edgetpu.md");
  ASSERT_EQ(commands.size(), 1U);
  Command command = commands.front();
  const std::string name = command.back();
  command.back() = models + "/" + name;
  const ProgramResult result = run_nudge(command);
  EXPECT_EQ(result.exit_code, 3) << result.errors;
  EXPECT_NE(result.output.find(name + ": 64 of 72 operators on the Edge TPU, 8 on the CPU"),
            std::string::npos)
      << result.output;
}

}  // namespace
}  // namespace nudge::cli
