// nudge edgetpu on small files.
#include <gmock/gmock.h>

#include <algorithm>
#include <bit>
#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/program_run.h"
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

}  // namespace
}  // namespace nudge::cli
