// Runs that are ended and go on: the program itself, killed and resumed.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's

#include <algorithm>
#include <filesystem>
#include <map>

#include "nudge/base/file.h"
#include "nudge/base/random.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/program_run.h"

namespace nudge::cli {
namespace {

namespace fs = std::filesystem;
using testing::AllOf;
using testing::HasSubstr;

constexpr const char* kFiftyFlowers = "builtin:flowers?count=50";

class Checkpoint : public testing::Test {
 protected:
  void SetUp() override {
    const auto built =
        run_nudge({"train", "--model", "small_cnn", "--image-size", "16", "--data", kFiftyFlowers, "--epochs",
                   "1", "--steps-per-epoch", "1", "-o", path("float.keras")});
    ASSERT_EQ(built.exit_code, 0) << built.errors;
    const auto made = run_nudge({"quantize", path("float.keras"), "-o", path("start.keras")});
    ASSERT_EQ(made.exit_code, 0) << made.errors;
  }

  std::string path(const std::string& name) const { return folder_.path(name); }

  std::vector<std::string> training(const std::string& output,
                                    const std::vector<std::string>& more = {}) const {
    return training(output, "2", more);
  }
  std::vector<std::string> training(const std::string& output, const std::string& epochs,
                                    const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments{
        "train",
        "--model",
        path("start.keras"),
        "--data",
        kFiftyFlowers,
        "--epochs",
        epochs,
        "--steps-per-epoch",
        "6",
        "--validation-steps",
        "1",
        "--batch",
        "4",
        "--augment",
        "flip",
        "--schedule",
        "cosine",
        "--callbacks",
        "early_stopping:monitor=loss,patience=5,restore_best_weights=true",
        "--callbacks",
        "csv_logger:filename=" + path(output + ".csv"),
        "--callbacks",
        "model_checkpoint:save_best_only=true,filepath=" + path("best." + output),
        "--threads",
        "2",
        "-o",
        path(output)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  std::vector<std::string> leftovers() const {
    std::vector<std::string> found;
    for (const auto& entry : fs::recursive_directory_iterator(folder_.path())) {
      const std::string name = entry.path().filename().string();
      if (name.find(".nudge-tmp") != std::string::npos) found.push_back(name);
    }
    return found;
  }

  TestFolder folder_;
};

// A whole one: a run that is killed while it writes its first leaves a temporary alone.
bool has_checkpoint(const std::string& folder) {
  if (!fs::exists(folder)) return false;
  return std::any_of(fs::directory_iterator(folder), fs::directory_iterator(),
                     [](const fs::directory_entry& entry) {
                       return entry.path().filename().string().find(".nudge-tmp") == std::string::npos;
                     });
}

TEST_F(Checkpoint, AKilledRunEndsAsAnUnbrokenOne) {
  const auto unbroken = run_nudge(training("unbroken.keras"));
  ASSERT_EQ(unbroken.exit_code, 0) << unbroken.errors;
  const uint64_t seed = 20261127;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  int killed = 0;
  for (int round = 0; round < 4; ++round) {
    const std::string folder = path("kept" + std::to_string(round));
    const int signal = round % 2 == 0 ? SIGKILL : SIGTERM;
    const int code = run_nudge(training("resumed.keras", {"--checkpoint", folder, "--every", "1"}), {},
                               {signal, static_cast<unsigned>(random.uniform(300, 1500))})
                         .exit_code;
    if (code == 0 || !has_checkpoint(folder)) continue;
    ++killed;
    EXPECT_EQ(code, 128 + signal);
    const auto resumed = run_nudge({"train", "--resume", folder, "--threads", "2"});
    ASSERT_EQ(resumed.exit_code, 0) << resumed.errors;
    EXPECT_THAT(resumed.output, HasSubstr("goes on in epoch"));
    EXPECT_TRUE(read_file(path("resumed.keras")) == read_file(path("unbroken.keras")));
    EXPECT_TRUE(read_file(path("best.resumed.keras")) == read_file(path("best.unbroken.keras")));
    EXPECT_EQ(read_text_file(path("resumed.keras.csv")), read_text_file(path("unbroken.keras.csv")));
    EXPECT_THAT(leftovers(), testing::IsEmpty());
  }
  EXPECT_GT(killed, 0) << "no run was long enough to be ended";
}

TEST_F(Checkpoint, ADamagedOneIsPassedOver) {
  const std::string folder = path("kept");
  const auto run = run_nudge(training("a.keras", {"--checkpoint", folder, "--every", "5steps"}));
  ASSERT_EQ(run.exit_code, 0) << run.errors;
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(folder)) files.push_back(entry.path().string());
  std::sort(files.begin(), files.end());
  ASSERT_EQ(files.size(), 2U) << "the last two stay";
  fs::resize_file(files.back(), fs::file_size(files.back()) / 2);
  const auto resumed = run_nudge({"train", "--resume", folder, "--threads", "2"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
  EXPECT_THAT(resumed.errors, HasSubstr("the checkpoint before it is tried"));
  EXPECT_THAT(resumed.output, HasSubstr(files.front()));
  const auto silent = run_nudge({"train", "--resume", folder, "--threads", "2", "--quiet"});
  EXPECT_EQ(silent.exit_code, 0) << silent.errors;
  EXPECT_EQ(silent.output, "");
}

TEST_F(Checkpoint, ASignalLeavesTheModelSoFar) {
  const auto ended = run_nudge(training("out.keras", "500"), {}, {SIGINT, 1500});
  EXPECT_EQ(ended.exit_code, 128 + SIGINT);
  EXPECT_THAT(ended.errors, HasSubstr("the model so far is in " + path("out.interrupted.keras")));
  EXPECT_TRUE(fs::exists(path("out.interrupted.keras")));
  EXPECT_FALSE(fs::exists(path("out.keras")));
}

TEST_F(Checkpoint, AnotherRunsFolderIsLeftAlone) {
  const std::string folder = path("kept");
  ASSERT_EQ(run_nudge(training("a.keras", {"--checkpoint", folder, "--every", "5"})).exit_code, 0);
  std::map<std::string, std::vector<std::byte>> before;
  for (const auto& entry : fs::directory_iterator(folder)) before[entry.path()] = read_file(entry.path());
  ASSERT_FALSE(before.empty());
  const auto refused = run_nudge(training("b.keras", {"--checkpoint", folder, "--every", "5"}));
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.errors, AllOf(HasSubstr("--checkpoint " + folder + ": holds checkpoint-"),
                                    HasSubstr("nudge train --resume " + folder + " goes on with that one")));
  EXPECT_EQ(std::ranges::count(refused.errors, '\n'), 1) << refused.errors;
  EXPECT_FALSE(fs::exists(path("b.keras")));
  for (const auto& [name, bytes] : before) EXPECT_TRUE(read_file(name) == bytes) << name;
  const auto resumed = run_nudge({"train", "--resume", folder, "--threads", "2"});
  EXPECT_EQ(resumed.exit_code, 0) << resumed.errors;
  for (const auto& [name, bytes] : before) fs::remove(name);
  const auto emptied = run_nudge(training("b.keras", {"--checkpoint", folder, "--every", "5"}));
  EXPECT_EQ(emptied.exit_code, 0) << emptied.errors;
}

TEST_F(Checkpoint, SaysWhatItNeeds) {
  const std::string folder = path("kept");
  const auto error_of = [](const std::vector<std::string>& arguments) { return run_nudge(arguments).errors; };
  EXPECT_THAT(error_of({"train", "--resume", path("nowhere")}),
              HasSubstr("holds no checkpoint to go on from"));
  ASSERT_EQ(run_nudge(training("a.keras", {"--checkpoint", folder, "--every", "4"})).exit_code, 0);
  EXPECT_THAT(error_of({"train", "--resume", folder, "--threads", "1"}), HasSubstr("--threads 2 goes on"));
  EXPECT_THAT(error_of({"train", "--resume", folder, "--epochs", "9"}), HasSubstr("leave out --epochs"));
  EXPECT_THAT(error_of(training("b.keras", {"--checkpoint", path("fresh"), "--every", "often"})),
              HasSubstr("--every 'often': give a number of steps"));
  EXPECT_THAT(error_of({"train", "--data", kFiftyFlowers, "-o", path("c.keras")}),
              HasSubstr("--model is required"));
}

}  // namespace
}  // namespace nudge::cli
