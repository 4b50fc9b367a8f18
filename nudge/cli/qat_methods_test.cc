// QAT's methods on the command line: what they change, that they survive a resume, and what they refuse.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/program_run.h"

namespace nudge::cli {
namespace {

using testing::HasSubstr;

constexpr const char* kMethodFlowers = "builtin:flowers?count=50";

class QatMethods : public testing::Test {
 protected:
  void SetUp() override {
    ASSERT_EQ(run({"train", "--model", "small_cnn", "--image-size", "16", "--data", kMethodFlowers,
                   "--epochs", "1", "--steps-per-epoch", "1", "-o", path("float.keras")}),
              "");
    ASSERT_EQ(
        run({"quantize", path("float.keras"), "--calibrate", kMethodFlowers, "-o", path("start.keras")}), "");
  }

  std::string path(const std::string& name) const { return folder_.path(name); }

  // The errors of a command that fails.
  static std::string run(const std::vector<std::string>& arguments) {
    const ProgramResult result = run_nudge(arguments);
    return result.exit_code == 0 ? ""
                                 : "exit code " + std::to_string(result.exit_code) + ": " + result.errors;
  }

  std::vector<std::string> training(const std::string& output, const std::vector<std::string>& more) const {
    std::vector<std::string> arguments{"train",
                                       "--model",
                                       path("start.keras"),
                                       "--data",
                                       kMethodFlowers,
                                       "--epochs",
                                       "2",
                                       "--steps-per-epoch",
                                       "6",
                                       "--validation-steps",
                                       "1",
                                       "--batch",
                                       "4",
                                       "--threads",
                                       "2",
                                       "--schedule",
                                       "cosine",
                                       "-o",
                                       path(output)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
  }

  static std::vector<std::string> with(std::vector<std::string> flags, const std::vector<std::string>& more) {
    flags.insert(flags.end(), more.begin(), more.end());
    return flags;
  }

  // From the checkpoint after ten of twelve steps the run ends in the bytes of the whole one.
  void expect_resumes(const std::vector<std::string>& flags) const {
    ASSERT_EQ(run(training("run.keras", with(flags, {"--checkpoint", path("kept"), "--every", "5steps"}))),
              "");
    const auto whole = read_file(path("run.keras"));
    ASSERT_EQ(run({"train", "--resume", path("kept"), "--threads", "2"}), "");
    EXPECT_TRUE(read_file(path("run.keras")) == whole);
  }

  // The ranges of a model's activations, as [min, max].
  std::map<std::string, std::pair<double, double>> ranges(const std::string& model) const {
    const ProgramResult listed = run_nudge({"ranges", path(model), "--json", "-", "--quiet"});
    std::map<std::string, std::pair<double, double>> found;
    const Json rows = Json::parse(listed.output);
    for (const Json& row : rows.at("quantizers")) {
      const std::string name = row.at("name").get<std::string>();
      if (!name.ends_with("kernel") && row.at("updates").get<int>() > 0)
        found[name] = {row.at("min").get<double>(), row.at("max").get<double>()};
    }
    return found;
  }

  TestFolder folder_;
};

TEST_F(QatMethods, RangesAreLearnedFollowedOrFrozen) {
  const auto start = ranges("start.keras");
  ASSERT_FALSE(start.empty());
  std::map<std::string, std::map<std::string, std::pair<double, double>>> after;
  for (const char* rule : {"ema", "learned", "frozen"}) {
    ASSERT_EQ(run(training("out.keras", {"--ranges", rule})), "");
    after[rule] = ranges("out.keras");
  }
  EXPECT_EQ(after["frozen"], start);
  EXPECT_NE(after["ema"], start);
  EXPECT_NE(after["learned"], start);
  EXPECT_NE(after["learned"], after["ema"]);
  int from_zero = 0;
  for (const auto& [name, range] : after["learned"]) {
    if (start.at(name).first != 0) continue;
    EXPECT_EQ(range.first, 0) << name << " has stood behind a ReLU";
    ++from_zero;
  }
  EXPECT_GT(from_zero, 0);

  ASSERT_EQ(run({"quantize", path("float.keras"), "--calibrate", kMethodFlowers, "--ranges", "frozen", "-o",
                 path("start.keras")}),
            "");
  ASSERT_EQ(run(training("out.keras", {})), "");
  EXPECT_EQ(ranges("out.keras"), ranges("start.keras")) << "the file's own rule";
}

TEST_F(QatMethods, LearnedRangesResume) {
  expect_resumes({"--ranges", "learned", "--ranges-learning-rate", "0.05"});
}

TEST_F(QatMethods, AStudentResumesWithItsTeacher) {
  ASSERT_EQ(run({"train", "--model", path("float.keras"), "--data", kMethodFlowers, "--initial-epoch", "1",
                 "--epochs", "2", "--batch", "8", "-o", path("teacher.keras")}),
            "");
  const std::vector<std::string> flags{"--teacher", path("teacher.keras"),  "--temperature",
                                       "4",         "--distillation-alpha", "0.25"};
  expect_resumes(flags);
  const Json history =
      Json::parse(run_nudge(training("with.keras", with(flags, {"--json", "-", "--quiet"}))).output)
          .at("history");
  EXPECT_GT(history.at("distillation_loss").back().get<double>(), 0.0);
  ASSERT_EQ(run(training("without.keras", {})), "");
  EXPECT_FALSE(read_file(path("with.keras")) == read_file(path("without.keras")));

  write_file(path("teacher.keras"), read_file(path("float.keras")));
  EXPECT_THAT(run({"train", "--resume", path("kept"), "--threads", "2"}),
              HasSubstr("teacher.keras: is another file than when the run began"));
}

TEST_F(QatMethods, FrozenBatchNormalizationAndDampeningResume) {
  ASSERT_EQ(run({"train", "--model", "ResNet8", "--image-size", "32", "--data", kMethodFlowers, "--epochs",
                 "1", "--steps-per-epoch", "1", "-o", path("float.keras")}),
            "");
  ASSERT_EQ(run({"quantize", path("float.keras"), "-o", path("start.keras")}), "");
  const std::vector<std::string> flags{"--freeze-batch-normalization", "1", "--dampen-oscillations", "10"};
  expect_resumes(flags);
  const auto both = read_file(path("run.keras"));
  for (const size_t left_out : {0U, 2U}) {
    ASSERT_EQ(run(training("one.keras", {flags[left_out], flags[left_out + 1]})), "");
    EXPECT_FALSE(read_file(path("one.keras")) == both) << flags[left_out];
  }
}

TEST_F(QatMethods, SayWhatTheyNeed) {
  EXPECT_THAT(run(training("out.keras", {"--ranges", "learnt"})), HasSubstr("exit code 2"));
  EXPECT_THAT(run(training("out.keras", {"--ranges-learning-rate", "0.1"})),
              HasSubstr("--ranges-learning-rate: goes with --ranges learned"));
  EXPECT_THAT(run({"train", "--model", path("float.keras"), "--data", kMethodFlowers, "--ranges", "learned",
                   "-o", path("out.keras")}),
              HasSubstr("exit code 1: nudge: --ranges learned: model 'small_cnn' is not quantized"));
  EXPECT_THAT(run({"train", "--model", path("float.keras"), "--data", kMethodFlowers, "--dampen-oscillations",
                   "1", "--epochs", "2", "-o", path("out.keras")}),
              HasSubstr("is not quantized, so its weights do not oscillate"));
  EXPECT_THAT(run(training("out.keras", {"--temperature", "2"})),
              HasSubstr("--temperature: goes with --teacher"));
  EXPECT_THAT(run(training("out.keras", {"--distillation-alpha", "0.5"})),
              HasSubstr("--distillation-alpha: goes with --teacher"));
  EXPECT_THAT(run(training("out.keras", {"--reestimate-bn", "--freeze-batch-normalization", "1"})),
              HasSubstr("keeps the averages that --reestimate-bn would replace"));

  ASSERT_EQ(run({"train", "--model", "small_cnn", "--image-size", "24", "--data", kMethodFlowers, "--epochs",
                 "1", "--steps-per-epoch", "1", "-o", path("larger.keras")}),
            "");
  EXPECT_THAT(
      run(training("out.keras", {"--teacher", path("larger.keras")})),
      HasSubstr("larger.keras: teacher 'small_cnn' takes (None, 24, 24, 3), model 'small_cnn' takes"));
  EXPECT_THAT(run(training("out.keras", {"--teacher", path("nowhere.keras")})), HasSubstr("nowhere.keras"));
}

}  // namespace
}  // namespace nudge::cli
