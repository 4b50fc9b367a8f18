// From a trained model to small devices: convert for a target, golden vectors, export.
#include <gmock/gmock.h>

#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/program_run.h"
#include "nudge/deploy/tflm_interpreter.h"
#include "nudge/deploy/vela.h"
#include "nudge/edgetpu/test_compiler.h"
#include "nudge/tflite/litert.h"

namespace nudge::cli {
namespace {

using ::testing::HasSubstr;

constexpr const char* kSixtyFlowers = "builtin:flowers?count=60";

class Export : public ::testing::Test {
 protected:
  static void SetUpTestSuite() {
    folder_ = std::make_unique<TestFolder>();
    run({"train", "--model", "small_cnn", "--image-size", "16", "--data", kSixtyFlowers, "--epochs", "1",
         "-o", path("float.keras")});
    run({"convert", path("float.keras"), "--representative", kSixtyFlowers, "--target", "edgetpu", "--golden",
         "3", "-o", path("tiny.tflite")});
  }
  static void TearDownTestSuite() { folder_.reset(); }

  static std::string path(const std::string& name) { return folder_->path(name); }
  static Json run(std::vector<std::string> arguments, int exit_code = 0,
                  const std::vector<std::string>& environment = {}) {
    arguments.insert(arguments.end(), {"--json", "-"});
    const ProgramResult result = run_nudge(arguments, environment);
    EXPECT_EQ(result.exit_code, exit_code) << ::testing::PrintToString(arguments) << "\n" << result.errors;
    return result.output.empty() ? Json::object() : parse_json(result.output, "standard output");
  }
  static std::string refusal(const std::vector<std::string>& arguments) {
    const ProgramResult result = run_nudge(arguments);
    EXPECT_EQ(result.exit_code, 1) << ::testing::PrintToString(arguments);
    return result.errors;
  }

  inline static std::unique_ptr<TestFolder> folder_;
};

TEST_F(Export, AFileForTheEdgeTpuPassesItsCheck) {
  EXPECT_EQ(run({"edgetpu", "check", path("tiny.tflite")})["outcome"], "mapped");
  EXPECT_THAT(refusal({"convert", path("float.keras"), "--target", "edgetpu", "-o", path("x.tflite")}),
              HasSubstr("the model is float; quantize it first"));
  EXPECT_FALSE(std::filesystem::exists(path("x.tflite")));
}

TEST_F(Export, GoldenVectorsAreReplayedOnEveryRuntime) {
  std::vector<std::string> runtimes{"reference"};
  if (tflite::litert_available()) runtimes.insert(runtimes.end(), {"litert", "litert-reference"});
  if (!deploy::tflm_python().empty()) runtimes.emplace_back("tflm");
  for (const std::string& runtime : runtimes) {
    const Json json = run({"verify", path("tiny.tflite"), "--runtime", runtime});
    EXPECT_EQ(json["vectors"], 3);
    EXPECT_TRUE(json["differences"].empty()) << runtime;
  }
}

TEST_F(Export, AGoldenVectorThatIsNotGivenIsFound) {
  std::string bytes = read_text_file(path("tiny.tflite"));
  const size_t header = bytes.find("{\"vectors\":3");
  ASSERT_NE(header, std::string::npos);
  const size_t output = bytes.find('\n', header) + 1 + 16 * 16 * 3;
  bytes[output] = static_cast<char>(bytes[output] ^ 2);
  write_file(path("wrong.tflite"), bytes);
  const Json json = run({"verify", path("wrong.tflite"), "--runtime", "reference"}, 3);
  ASSERT_EQ(json["differences"].size(), 1u);
  EXPECT_EQ(json["differences"][0]["values"], 1);
}

TEST_F(Export, AFileWithoutGoldenVectorsTakesSome) {
  run({"convert", path("float.keras"), "-o", path("bare.tflite")});
  EXPECT_THAT(refusal({"verify", path("bare.tflite"), "--runtime", "reference"}),
              HasSubstr("carries no golden vectors; nudge verify --record N"));
  EXPECT_THAT(refusal({"verify", path("bare.tflite"), "--record", "2"}), HasSubstr("with -o"));
  run({"verify", path("bare.tflite"), "--record", "2", "-o", path("recorded.tflite")});
  EXPECT_EQ(run({"verify", path("recorded.tflite"), "--runtime", "reference"})["vectors"], 2);
  EXPECT_THAT(read_text_file(path("recorded.tflite")), HasSubstr("labels.txtdaisy")) << "behind the model";
}

TEST_F(Export, TheLabelsLieBehindTheModel) {
  const std::string bytes = read_text_file(path("tiny.tflite"));
  EXPECT_THAT(bytes, HasSubstr("labels.txt"));
  const Json card = run({"inspect", path("tiny.tflite")})["card"];
  std::string lines;
  for (const Json& name : card["classes"]) lines += name.get<std::string>() + "\n";
  EXPECT_FALSE(lines.empty());
  EXPECT_THAT(bytes, HasSubstr("labels.txt" + lines));
}

TEST_F(Export, SourcesForTensorFlowLiteMicro) {
  const Json json = run({"export", path("tiny.tflite"), "--target", "tflm", "-o", path("tflm")});
  EXPECT_EQ(json["files"].size(), 6u);
  EXPECT_EQ(json["vectors"], 3) << "the file's own";
  EXPECT_EQ(json["measured"], !deploy::tflm_python().empty());
  EXPECT_GT(json["arena_bytes"], 0);
  EXPECT_TRUE(std::filesystem::exists(path("tflm/tiny_self_test.cc")));
}

TEST_F(Export, AFlagOfAnotherTargetIsRefused) {
  EXPECT_THAT(refusal({"export", path("tiny.tflite"), "--target", "tflm", "--accelerator", "ethos-u85-256",
                       "-o", path("none")}),
              HasSubstr("--accelerator: is for --target vela"));
}

TEST_F(Export, ForEthosU) {
  if (deploy::vela_program() == "vela") GTEST_SKIP() << "ethos-u-vela is not installed";
  const Json json = run({"export", path("tiny.tflite"), "--target", "vela", "-o", path("vela")});
  EXPECT_EQ(json["cpu_operators"], 0);
  EXPECT_GT(json["cycles"], 0);
  EXPECT_TRUE(std::filesystem::exists(path("vela/tiny_vela.tflite")));
}

TEST_F(Export, ForTheEdgeTpuIsWhatItsCompilerDoes) {
  edgetpu::write_test_compiler(path("compiler"), "16.0.384591198",
                               edgetpu::succeed("CONV_2D 1 Mapped to Edge TPU\\n"));
  const Json json = run({"export", path("tiny.tflite"), "--target", "edgetpu", "-o", path("edgetpu")}, 3,
                        {"NUDGE_EDGETPU_COMPILER=" + path("compiler")});
  EXPECT_EQ(json["compiled"], true);
  EXPECT_FALSE(json["surprises"].empty()) << "the stand-in maps one operator";
  EXPECT_TRUE(std::filesystem::exists(path("edgetpu/tiny_edgetpu.tflite")));
}

}  // namespace
}  // namespace nudge::cli
