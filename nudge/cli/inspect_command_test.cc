// nudge inspect of two files, and its picture.
#include <gmock/gmock.h>

#include <nlohmann/json.hpp>

#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/base/test_folder.h"
#include "nudge/cli/program_run.h"
#include "nudge/edgetpu/test_graph.h"
#include "nudge/tflite/writer.h"

namespace nudge::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

TEST(Inspect, SaysWhereTwoFilesDiffer) {
  const TestFolder folder;
  tflite::TfLiteModel model = edgetpu::small_convolution().finish();
  tflite::write(model, folder.path("a.tflite"));
  EXPECT_EQ(run_nudge({"inspect", folder.path("a.tflite"), folder.path("a.tflite")}).exit_code, 0);
  model.main().tensors[1].data[5] ^= std::byte{1};
  tflite::write(model, folder.path("b.tflite"));
  const ProgramResult text = run_nudge({"inspect", folder.path("a.tflite"), folder.path("b.tflite")});
  EXPECT_EQ(text.exit_code, 3);
  EXPECT_THAT(text.output,
              HasSubstr("weights       operator 0 CONV_2D: inputs[1]: 1 of 108 bytes of constants"));
  const ProgramResult json =
      run_nudge({"inspect", folder.path("a.tflite"), folder.path("b.tflite"), "--json", "-"});
  EXPECT_EQ(json.exit_code, 3);
  const Json found = Json::parse(json.output);
  EXPECT_THAT(found["differences"][0].get<std::string>(),
              StartsWith("operator 0 CONV_2D: inputs[1]: 1 of 108"));
  EXPECT_EQ(found["details"][0]["kind"], "weights");
}

TEST(Inspect, DrawsAPicture) {
  const TestFolder folder;
  tflite::write(edgetpu::small_convolution().finish(), folder.path("a.tflite"));
  const ProgramResult result =
      run_nudge({"inspect", folder.path("a.tflite"), "--dot", folder.path("a.dot"), "--quiet"});
  EXPECT_EQ(result.exit_code, 0) << result.errors;
  EXPECT_THAT(read_text_file(folder.path("a.dot")), StartsWith("digraph model {"));
  EXPECT_EQ(run_nudge({"inspect", folder.path("a.tflite"), "--dot", "/nowhere/a.dot"}).exit_code, 1);
}

}  // namespace
}  // namespace nudge::cli
