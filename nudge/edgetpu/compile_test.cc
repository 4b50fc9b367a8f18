// Compilation, comparison with the prediction and bisection, against a stand-in of the compiler.
#include "nudge/edgetpu/compile.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/edgetpu/comparison.h"
#include "nudge/edgetpu/test_compiler.h"
#include "nudge/edgetpu/test_graph.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/writer.h"

namespace nudge::edgetpu {
namespace {

using Op = tflite::BuiltinOperator;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

constexpr const char* kFails = "echo 'Internal compiler error. Aborting!'; exit 1\n";

class CompileTest : public testing::Test {
 protected:
  // A convolution and three operators behind it.
  CompileTest() {
    TestGraph graph = small_convolution();
    int32_t x = graph.as_built().main().outputs[0];
    for (const Op op : {Op::kRelu, Op::kLogistic, Op::kTanh}) {
      const int32_t y = graph.activation({1, 8, 8, 4});
      graph.add(op, {x}, {y});
      x = y;
    }
    tflite::write(graph.finish(), model_);
    options_.out_dir = folder_.path("out");
    options_.attempts = 1;
  }

  CompileResult compile_with(const std::string& body) {
    write_test_compiler(folder_.path("compiler"), "15.0.340273435", body);
    return compile(find_compiler(folder_.path("compiler")), model_, options_);
  }
  std::vector<std::string> left_in_out() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(options_.out_dir)) {
      names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    return names;
  }

  TestFolder folder_;
  std::string model_ = folder_.path("model.tflite");
  CompileOptions options_;
};

constexpr const char* kAllMapped =
    "CONV_2D 1 Mapped to Edge TPU\\nRELU 1 Mapped to Edge TPU\\nLOGISTIC 1 Mapped to Edge TPU\\nTANH 1 "
    "Mapped to "
    "Edge TPU\\n";

TEST_F(CompileTest, AsExpected) {
  const CompileResult result = compile_with(succeed(kAllMapped));
  EXPECT_TRUE(result.compiled());
  EXPECT_TRUE(result.all_mapped());
  EXPECT_THAT(result.surprises, IsEmpty());
  EXPECT_THAT(left_in_out(), ElementsAre("model_edgetpu.log", "model_edgetpu.tflite"));
  EXPECT_THAT(result.files, ElementsAre(HasSubstr("model_edgetpu.log"), HasSubstr("model_edgetpu.tflite")));
  EXPECT_EQ(to_json(result)["on_chip_bytes"], 1536);
  EXPECT_THAT(to_text(result), HasSubstr("compiled by version 15.0.340273435"));
}

TEST_F(CompileTest, OtherThanExpected) {
  const CompileResult result = compile_with(succeed(
      "CONV_2D 1 Mapped to Edge TPU\\nRELU 1 Operation not supported\\nLOGISTIC 1 More than one subgraph is "
      "not supported\\nTANH 1 Mapped to Edge TPU\\n"));
  EXPECT_TRUE(result.compiled());
  EXPECT_FALSE(result.all_mapped());
  EXPECT_THAT(result.surprises, ElementsAre("LOGISTIC: 0 of 1 mapped, 1 were expected",
                                            "RELU: 0 of 1 mapped, 1 were expected"));
  EXPECT_THAT(to_text(result), HasSubstr("unexpected: RELU"));
}

TEST_F(CompileTest, FindsTheOperatorThatItBreaksOn) {
  options_.progress = [](const std::string&) {};
  // tensor5 is what LOGISTIC writes and TANH reads; the first operator that has it as an output breaks.
  const CompileResult result =
      compile_with("case $stem in *operator_2|model) " + std::string(kFails) + ";; esac\n" + succeed(""));
  EXPECT_FALSE(result.compiled());
  ASSERT_EQ(result.failing.size(), 1U);
  EXPECT_EQ(result.failing[0].op, "LOGISTIC");
  EXPECT_EQ(result.failing[0].culprit.first, 2U);
  EXPECT_THAT(left_in_out(), ElementsAre("model_operator_2.tflite"));
  const tflite::TfLiteModel part = tflite::read(result.failing[0].file);
  ASSERT_EQ(part.main().operators.size(), 1U);
  EXPECT_EQ(part.main().operators[0].op, Op::kLogistic);
  EXPECT_EQ(to_json(result)["failing"][0]["op"], "LOGISTIC");
  EXPECT_THAT(to_text(result), HasSubstr("operator 2 LOGISTIC fails alone: Internal compiler error"));
  EXPECT_THAT(result.surprises, ElementsAre("the compiler was expected to take the model"));
}

TEST_F(CompileTest, FindsOperatorsThatItBreaksOnTogether) {
  // It breaks on files that hold both what the convolution and what LOGISTIC writes.
  const CompileResult result =
      compile_with("if grep -q tensor3 \"$model\" && grep -q tensor5 \"$model\"; then " +
                   std::string(kFails) + "fi\n" + succeed(""));
  ASSERT_EQ(result.failing.size(), 1U);
  EXPECT_EQ(result.failing[0].culprit.first, 1U);
  EXPECT_EQ(result.failing[0].culprit.last, 2U);
  EXPECT_THAT(left_in_out(), ElementsAre("model_operators_1_to_2.tflite"));
  EXPECT_THAT(to_text(result), HasSubstr("operators 1 to 2 LOGISTIC fail together"));
}

TEST_F(CompileTest, DoesNotSearchWhereTheCompilerSaysWhy) {
  const CompileResult result = compile_with("echo 'Invalid model: x'; echo 'Model not quantized'; exit 1\n");
  EXPECT_FALSE(result.compiled());
  EXPECT_THAT(result.failing, IsEmpty());
  EXPECT_THAT(left_in_out(), IsEmpty());
  EXPECT_THAT(to_text(result),
              HasSubstr("not compiled by version 15.0.340273435 in 1 attempts: Model not quantized"));
}

TEST_F(CompileTest, TriesAgainAfterAnInternalError) {
  options_.attempts = 3;
  const std::string count = folder_.path("count");
  const CompileResult result =
      compile_with("echo >> '" + count + "'\nif [ $(wc -l < '" + count + "') -lt 3 ]; then " +
                   std::string(kFails) + "fi\n" + succeed(kAllMapped));
  EXPECT_TRUE(result.compiled());
  EXPECT_EQ(result.attempts, 3);
}

TEST_F(CompileTest, NothingMappedIsNotAllMapped) {
  const CompileResult result = compile_with(
      "cp \"$model\" \"$out/${stem}_edgetpu.tflite\"\necho 'Model compiled "
      "successfully in 1 ms.'\necho 'Number of Edge TPU subgraphs: 0'\n");
  EXPECT_TRUE(result.compiled());
  EXPECT_FALSE(result.all_mapped());
  EXPECT_EQ(result.surprises.size(), 4U);
}

TEST_F(CompileTest, WhatIsRefusedAsExpectedIsNoSurprise) {
  tflite::TfLiteModel model = tflite::read(model_);
  model.main().operators[0].version = 6;
  tflite::write(model, model_);
  const CompileResult refused =
      compile_with("echo 'Invalid model: x'; echo 'Model could not be parsed'; exit 1\n");
  EXPECT_THAT(refused.surprises, IsEmpty());
  EXPECT_THAT(to_text(refused), HasSubstr("expected: Model could not be parsed"));
  const CompileResult taken = compile_with(succeed(kAllMapped));
  EXPECT_THAT(taken.surprises, ElementsAre("the compiler was expected to refuse the model"));
}

TEST_F(CompileTest, AFileThatIsNoneIsAnError) {
  model_ = folder_.path("none.tflite");
  EXPECT_THROW(compile_with(succeed("")), InputError);
  model_ = folder_.path("model.tflite");
  write_file(folder_.path("file"), std::string("x"));
  options_.out_dir = folder_.path("file") + "/out";
  EXPECT_THROW(compile_with(succeed("")), OutputError);
}

}  // namespace
}  // namespace nudge::edgetpu
