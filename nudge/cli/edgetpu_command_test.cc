// nudge edgetpu on small files.
#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/program_run.h"
#include "nudge/edgetpu/test_compiler.h"
#include "nudge/edgetpu/test_graph.h"
#include "nudge/tflite/writer.h"

namespace nudge::cli {
namespace {

using testing::HasSubstr;

class EdgeTpuCheck : public testing::Test {
 protected:
  std::string write(const tflite::TfLiteModel& model) {
    tflite::write(model, folder_.path("x.tflite"));
    return folder_.path("x.tflite");
  }

  TestFolder folder_;
};

TEST_F(EdgeTpuCheck, EndsWithZeroWhenAllIsMapped) {
  const std::string file = write(edgetpu::small_convolution().finish());
  const ProgramResult text = run_nudge({"edgetpu", "check", file});
  EXPECT_EQ(text.exit_code, 0) << text.errors;
  EXPECT_THAT(text.output, HasSubstr("x.tflite: 1 of 1 operators on the Edge TPU"));
  const ProgramResult json = run_nudge({"edgetpu", "check", file, "--json", "-"});
  EXPECT_EQ(json.exit_code, 0);
  EXPECT_EQ(Json::parse(json.output)["outcome"], "mapped");
  EXPECT_EQ(Json::parse(json.output)["file"], file);
}

TEST_F(EdgeTpuCheck, SaysThatOperatorsStayOnTheCpu) {
  edgetpu::TestGraph graph = edgetpu::small_convolution();
  const int32_t x = graph.as_built().main().outputs[0];
  graph.add(tflite::BuiltinOperator::kElu, {x}, {graph.activation({1, 8, 8, 4})});
  const ProgramResult result = run_nudge({"edgetpu", "check", write(graph.finish()), "--json", "-"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(Json::parse(result.output)["outcome"], "cpu_operators");
  EXPECT_EQ(Json::parse(result.output)["ops"][1]["mapped"], false);
}

// Other commands refuse such a file; here it is what is looked for.
TEST_F(EdgeTpuCheck, SaysThatAScaleOfZeroIsRefused) {
  tflite::TfLiteModel model = edgetpu::small_convolution().finish();
  constexpr float kMark = 0.123456F;
  model.main().tensors[0].quantization->scale[0] = kMark;
  const std::string file = write(model);
  auto bytes = read_file(file);
  const auto mark = std::bit_cast<std::array<std::byte, sizeof kMark>>(kMark);
  const auto at = std::search(bytes.begin(), bytes.end(), mark.begin(), mark.end());
  ASSERT_NE(at, bytes.end());
  std::fill_n(at, mark.size(), std::byte{0});
  write_file(file, bytes);
  EXPECT_EQ(run_nudge({"inspect", file}).exit_code, 1);
  const ProgramResult result = run_nudge({"edgetpu", "check", file, "--json", "-"});
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(Json::parse(result.output)["outcome"], "fails");
}

TEST_F(EdgeTpuCheck, AFileThatIsNoneIsAnError) {
  const ProgramResult missing = run_nudge({"edgetpu", "check", folder_.path("none.tflite")});
  EXPECT_EQ(missing.exit_code, 1);
  EXPECT_THAT(missing.errors, HasSubstr("none.tflite"));
  write_file(folder_.path("text.tflite"), std::string("no model at all"));
  EXPECT_THAT(run_nudge({"edgetpu", "check", folder_.path("text.tflite")}).errors,
              HasSubstr("no .tflite file"));
}

// Against a stand-in for the compiler.
class EdgeTpuCompile : public EdgeTpuCheck {
 protected:
  ProgramResult compile_with(const std::string& body) {
    const std::string file = write(edgetpu::small_convolution().finish());
    edgetpu::write_test_compiler(folder_.path("compiler"), "15.0.340273435", body);
    return run_nudge(
        {"edgetpu", "compile", file, "--out-dir", folder_.path("out"), "--attempts", "1", "--json", "-"},
        {"NUDGE_EDGETPU_COMPILER=" + folder_.path("compiler")});
  }
};

TEST_F(EdgeTpuCompile, EndsWithZeroWhenAllIsMapped) {
  const ProgramResult result = compile_with(edgetpu::succeed("CONV_2D 1 Mapped to Edge TPU\\n"));
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  const Json json = Json::parse(result.output);
  EXPECT_EQ(json["compiled"], true);
  EXPECT_EQ(json["compiler"]["version"], "15.0.340273435");
  EXPECT_EQ(json["files"].size(), 2U);
}

TEST_F(EdgeTpuCompile, SaysThatItMapsOtherThanExpected) {
  const ProgramResult result = compile_with(edgetpu::succeed("CONV_2D 1 Operation not supported\\n"));
  EXPECT_EQ(result.exit_code, 3);
  EXPECT_EQ(Json::parse(result.output)["surprises"][0], "CONV_2D: 0 of 1 mapped, 1 were expected");
}

TEST_F(EdgeTpuCompile, NamesTheOperatorThatItBreaksOn) {
  const ProgramResult result = compile_with("echo 'Internal compiler error. Aborting!'\nexit 1\n");
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("the Edge TPU compiler fails: Internal compiler error (see "));
  const Json json = Json::parse(result.output);
  EXPECT_EQ(json["failing"][0]["op"], "CONV_2D");
  EXPECT_EQ(run_nudge({"inspect", json["failing"][0]["file"].get<std::string>()}).exit_code, 0);
}

TEST_F(EdgeTpuCompile, WithoutACompilerIsAnError) {
  const ProgramResult result = run_nudge({"edgetpu", "compile", write(edgetpu::small_convolution().finish())},
                                         {"NUDGE_EDGETPU_COMPILER=/nowhere/edgetpu_compiler"});
  EXPECT_EQ(result.exit_code, 1);
  EXPECT_THAT(result.errors, HasSubstr("there is no such program; install Coral's package edgetpu-compiler"));
}

}  // namespace
}  // namespace nudge::cli
