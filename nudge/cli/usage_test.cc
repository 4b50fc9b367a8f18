// What the program answers before it does any work.
#include <gmock/gmock.h>
#include <sys/wait.h>

#include <cstdlib>

#include "nudge/cli/program_run.h"

namespace nudge::cli {
namespace {

using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::Eq;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

const std::vector<std::string> kCommands{"demo",    "train",   "quantize", "convert",   "evaluate", "compare",
                                         "predict", "summary", "ranges",   "inspect",   "run",      "edgetpu",
                                         "data",    "bench",   "manual",   "completion"};

TEST(Usage, HelpNamesEveryCommand) {
  const ProgramResult help = run_nudge({"--help"});
  EXPECT_EQ(help.exit_code, 0);
  for (const std::string& command : kCommands) EXPECT_THAT(help.output, HasSubstr("\n  " + command + " "));
}

TEST(Usage, EveryCommandHasHelpAndTheSharedFlags) {
  for (const std::vector<std::string>& command : std::vector<std::vector<std::string>>{{"demo"},
                                                                                       {"train"},
                                                                                       {"quantize"},
                                                                                       {"convert"},
                                                                                       {"evaluate"},
                                                                                       {"compare"},
                                                                                       {"predict"},
                                                                                       {"summary"},
                                                                                       {"ranges"},
                                                                                       {"inspect"},
                                                                                       {"edgetpu", "check"},
                                                                                       {"edgetpu", "compile"},
                                                                                       {"data", "make"},
                                                                                       {"data", "info"},
                                                                                       {"bench", "step"}}) {
    std::vector<std::string> arguments = command;
    arguments.emplace_back("--help");
    const ProgramResult help = run_nudge(arguments);
    EXPECT_EQ(help.exit_code, 0) << command[0];
    EXPECT_THAT(help.output,
                AllOf(HasSubstr("--json"), HasSubstr("--threads"), HasSubstr("--seed"), HasSubstr("--quiet")))
        << command[0];
  }
}

TEST(Usage, VersionIsTheProjects) {
  const ProgramResult version = run_nudge({"--version"});
  EXPECT_EQ(version.exit_code, 0);
  EXPECT_EQ(version.output, "nudge " NUDGE_VERSION "\n");
}

// CLI11 would print the largest double in full, and our own messages quote what was given.
TEST(Usage, MessagesAreShort) {
  for (const char* flag : {"--learning-rate", "--loss", "--metrics", "--head", "--augment", "--preprocess",
                           "--steps-per-epoch", "--alpha", "--seed", "--freeze"}) {
    const ProgramResult wrong = run_nudge({"train", "--model", "small_cnn", "--data", "builtin:flowers", "-o",
                                           "x.keras", flag, std::string(40'000, '9')});
    EXPECT_THAT(wrong.exit_code, AnyOf(1, 2)) << flag;
    EXPECT_THAT(wrong.errors, StartsWith("nudge: ")) << flag;
    EXPECT_LT(wrong.errors.size(), 1000) << flag;
  }
}

TEST(Usage, AFullDiskBehindStandardOutputIsAFailure) {
  for (const char* arguments : {"--help", "summary small_cnn", "summary small_cnn --json -"}) {
    const std::string command = std::string(NUDGE_PROGRAM " ") + arguments + " >/dev/full 2>/dev/null";
    EXPECT_EQ(WEXITSTATUS(std::system(command.c_str())), 1) << arguments;
  }
}

// The dynamic linker lists every file that it opens.
TEST(Usage, HelpAndInspectDoNotLoadLibtorch) {
  const ProgramResult help = run_nudge({"--help"}, {"LD_DEBUG=files"});
  EXPECT_THAT(help.errors, HasSubstr("libc.so"));
  EXPECT_THAT(help.errors, Not(HasSubstr("torch")));
  const ProgramResult inspect = run_nudge({"inspect", "/nowhere.tflite"}, {"LD_DEBUG=files"});
  EXPECT_EQ(inspect.exit_code, 1);
  EXPECT_THAT(inspect.errors, Not(HasSubstr("torch")));
}

struct Wrong {
  std::vector<std::string> arguments;
  std::string cause;
};

// NOLINTNEXTLINE(readability-identifier-naming): GoogleTest calls it by this name.
void PrintTo(const Wrong& wrong, std::ostream* out) {
  for (const std::string& argument : wrong.arguments) *out << argument << ' ';
}

class WrongUsage : public ::testing::TestWithParam<Wrong> {};

TEST_P(WrongUsage, IsOneLineAndExitCodeTwo) {
  const ProgramResult result = run_nudge(GetParam().arguments);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_THAT(result.output, IsEmpty());
  EXPECT_THAT(result.errors, AllOf(StartsWith("nudge: "), HasSubstr(GetParam().cause)));
  EXPECT_THAT(result.errors.find('\n'), Eq(result.errors.size() - 1));
}

const std::vector<std::string> kTrain{"train",           "--model", "small_cnn", "--data",
                                      "builtin:flowers", "-o",      "x.keras"};

std::vector<std::string> train_with(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = kTrain;
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

INSTANTIATE_TEST_SUITE_P(
    Arguments, WrongUsage,
    ::testing::Values(
        Wrong{{}, "subcommand"}, Wrong{{"fly"}, "subcommand"},
        Wrong{{"train", "--model", "small_cnn"}, "--data"}, Wrong{train_with({"--thorough"}), "--thorough"},
        Wrong{train_with({"--resume", "x"}), "--resume"}, Wrong{train_with({"--epochs", "many"}), "--epochs"},
        Wrong{train_with({"--epochs", "0"}), "--epochs"},
        Wrong{train_with({"--epochs", "3", "--initial-epoch", "3"}), "--initial-epoch"},
        Wrong{train_with({"--learning-rate", "-1"}), "--learning-rate"},
        Wrong{train_with({"--learning-rate", "nan"}), "'nan' must be a number above 0"},
        Wrong{train_with({"--seed", "-1"}), "'-1' must be a whole number"},
        Wrong{train_with({"--steps-per-epoch", "99999999999999999999"}), "from 1 to 1000000000"},
        Wrong{train_with({"--optimizer", std::string(40'000, 'x')}), "xxx...xxx"},
        Wrong{train_with({"--optimizer", "adam:gradient_accumulation_steps=1e30"}), "a whole number"},
        Wrong{train_with({"--metrics", "auc:num_thresholds=1e30"}), "a whole number"},
        Wrong{train_with({"--loss-weights", "a=nan"}), "OUTPUT=NUMBER"},
        Wrong{train_with({"--optimizer", "magic"}), "--optimizer"},
        Wrong{train_with({"--optimizer", "lion:rho=1"}), "has no option 'rho'"},
        Wrong{train_with({"--optimizer", "adam:beta_1=much"}), "beta_1 must be a number"},
        Wrong{train_with({"--loss", "huber:delta=-1"}), "delta is -1"},
        Wrong{train_with({"--loss", "scores=x"}), "unknown loss 'x'"},
        Wrong{train_with({"--metrics", "beauty"}), "unknown metric 'beauty'"},
        Wrong{train_with({"--metrics", "precision:k=1"}), "has no option 'k'"},
        Wrong{train_with({"--loss-weights", "2"}), "OUTPUT=NUMBER"},
        Wrong{train_with({"--schedule", "piecewise:at=a,factors=1/2"}), "at must be numbers with / between"},
        Wrong{train_with({"--schedule", "piecewise:at=3/6,factors=1/0.1"}), "2 factors are given"},
        Wrong{train_with({"--loss", "x"}), "--loss"}, Wrong{train_with({"--head", "x"}), "--head"},
        Wrong{train_with({"--precision", "f8"}), "--precision"},
        Wrong{train_with({"--schedule", "sine"}), "constant, cosine"},
        Wrong{train_with({"--schedule", "cosine:start=1"}), "unknown key 'start'"},
        Wrong{train_with({"--callbacks", "early_stopping:monitor=x"}), "monitor"},
        Wrong{{"quantize", "x.keras", "-o", "y.keras", "--scheme", "x"}, "--scheme"},
        Wrong{{"quantize", "x.keras", "-o", "y.keras", "--range-init", "-6"}, "--range-init"},
        Wrong{{"quantize", "x.keras", "-o", "y.keras", "--ema-decay", "nan"}, "a number from 0 to 1"},
        Wrong{{"quantize", "x.keras", "-o", "y.keras", "--layers", "a", "--config", "b"}, "--config"},
        Wrong{{"convert", "x.keras", "-o", "y.tflite", "--input-type", "int4"}, "--input-type"},
        Wrong{{"convert", "x.keras", "-o", "y.tflite", "--calibration", "minmax"}, "--representative"},
        Wrong{{"evaluate", "x.keras", "--data", "d", "--split", "some"}, "--split"},
        Wrong{{"evaluate", "x.tflite", "--data", "d", "--runtime", "abacus"}, "--runtime"},
        Wrong{{"predict", "x.keras"}, "--npy together with --out"},
        Wrong{{"predict", "x.keras", "--npy", "a.npy", "--out", "b.txt"}, ".npz"},
        Wrong{{"predict", "x.keras", "--npy", "a.npy", "--out", "b.npy", "--tensors", "all"}, ".npz"},
        Wrong{{"edgetpu"}, "subcommand"}, Wrong{{"edgetpu", "check"}, "file"},
        Wrong{{"edgetpu", "compile", "x.tflite", "--min-runtime-version", "9"}, "--min-runtime-version"},
        Wrong{{"edgetpu", "compile", "x.tflite", "--timeout", "0"}, "--timeout"}, Wrong{{"inspect"}, "file"},
        Wrong{{"inspect", "a", "b", "c"}, "c"},
        Wrong{{"inspect", "a", "b", "--dot", "c"}, "--dot: takes one file"}, Wrong{{"data"}, "subcommand"},
        Wrong{{"summary", "small_cnn", "--threads", "0"}, "--threads"}));

}  // namespace
}  // namespace nudge::cli
