// Against a stand-in, as the real compiler may not be passed on.
#include "nudge/edgetpu/compiler.h"

#include <gmock/gmock.h>

#include <cstdlib>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/edgetpu/recorded_outputs_test.h"
#include "nudge/edgetpu/test_compiler.h"

namespace nudge::edgetpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class CompilerTest : public testing::Test {
 protected:
  CompilerTest() {
    write_file(model_, std::string("a model"));
    make_folder(out_);
  }

  Compiler compiler(const std::string& body, const std::string& version = "16.0.384591198") {
    write_test_compiler(folder_.path("compiler"), version, body);
    return find_compiler(folder_.path("compiler"));
  }
  // Prints this text and ends with this exit code.
  Compiler saying(const std::string& text, int exit_code) {
    write_file(folder_.path("text"), text);
    return compiler("cat '" + folder_.path("text") + "'\nexit " + std::to_string(exit_code) + "\n");
  }
  CompilerRun run(const Compiler& with, const CompilerOptions& options = {}) {
    return run_compiler(with, options, model_, out_);
  }

  TestFolder folder_;
  std::string model_ = folder_.path("a model; `x`.tflite");
  std::string out_ = folder_.path("out");
};

TEST_F(CompilerTest, IsFoundByPathOrEnvironment) {
  EXPECT_EQ(compiler("").version, "16.0.384591198");
  EXPECT_EQ(compiler("", "2.1.302470888").major, 2);
  ::setenv("NUDGE_EDGETPU_COMPILER", folder_.path("compiler").c_str(), 1);
  EXPECT_EQ(find_compiler().program, folder_.path("compiler"));
  ::unsetenv("NUDGE_EDGETPU_COMPILER");
}

TEST_F(CompilerTest, IsMissedWithAWordOnWhatToDo) {
  EXPECT_THAT([&] { find_compiler(folder_.path("none")); },
              ThrowsMessage<UnsupportedError>(HasSubstr("NUDGE_EDGETPU_COMPILER")));
  EXPECT_THAT([] { find_compiler("true"); },
              ThrowsMessage<InputError>(HasSubstr("does not say which version")));
}

TEST_F(CompilerTest, TakesOptionsByVersion) {
  CompilerOptions options;
  const Compiler newest{"c", "16.0.384591198", 16}, old{"c", "14.1.317412892", 14};
  EXPECT_THAT(command_line(newest, options, "m", "o"), ElementsAre("c", "-s", "-o", "o", "-t", "180", "m"));
  EXPECT_THAT(command_line(old, options, "-m", "o"), ElementsAre("c", "-s", "-o", "o", "./-m"));
  options.min_runtime_version = 13;
  options.segments = 2;
  options.cut_after = {"a", "b"};
  options.several_subgraphs = true;
  EXPECT_THAT(command_line(old, options, "m", "o"),
              ElementsAre("c", "-s", "-o", "o", "-m", "13", "-n", "2", "-i", "a,b", "-a", "m"));
  options.search_delegate = true;
  EXPECT_THAT(command_line(newest, options, "m", "o"), testing::Contains("-d"));
  EXPECT_THAT([&] { command_line(old, options, "m", "o"); },
              ThrowsMessage<UnsupportedError>(HasSubstr("14.1.317412892 has no --search_delegate")));
}

TEST_F(CompilerTest, ASuccessLeavesAFileAndALog) {
  const CompilerRun found = run(compiler(succeed("CONV_2D 3 Mapped to Edge TPU\\n")));
  EXPECT_TRUE(found.made_file()) << found.text;
  EXPECT_EQ(found.file, out_ + "/a model; `x`_edgetpu.tflite");
  EXPECT_THAT(found.log, ElementsAre(LogRow{"CONV_2D", 3, "Mapped to Edge TPU"}));
  EXPECT_EQ(found.failure(), "");
}

// The exit code and the words alone say nothing.
TEST_F(CompilerTest, ASuccessWithoutAFileIsNone) {
  const CompilerRun found = run(saying(kPartlyMapped16, 0));
  EXPECT_FALSE(found.made_file());
  EXPECT_THAT(found.failure(), HasSubstr("claims success with exit code 0, but left no file"));
  EXPECT_FALSE(run(compiler(succeed("") + "exit 1\n")).made_file());
}

TEST_F(CompilerTest, FailuresHaveTheirReasons) {
  EXPECT_EQ(run(saying(kNotQuantized14, 1)).failure(), "Model not quantized");
  EXPECT_FALSE(run(saying(kNotQuantized14, 1)).failed_without_reason());
  EXPECT_TRUE(run(saying(kInternalError14, 1)).failed_without_reason());
  EXPECT_TRUE(run(saying(kNoReason16, 1)).failed_without_reason());
  EXPECT_THAT(run(saying(kNoReason16, 3)).failure(), HasSubstr("exit code 3 and gives no reason"));
}

TEST_F(CompilerTest, IsStoppedWhenItsTimeIsOver) {
  CompilerOptions options;
  options.time = std::chrono::seconds(1);
  const CompilerRun found = run(compiler("sleep 600\n", "14.1.317412892"), options);
  EXPECT_TRUE(found.timed_out);
  EXPECT_THAT(found.failure(), HasSubstr("did not end in its time"));
}

}  // namespace
}  // namespace nudge::edgetpu
