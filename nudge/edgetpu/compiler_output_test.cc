#include "nudge/edgetpu/compiler_output.h"

#include <gmock/gmock.h>

#include "nudge/base/random.h"
#include "nudge/edgetpu/recorded_outputs_test.h"

namespace nudge::edgetpu {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::StartsWith;

TEST(CompilerOutput, OfASuccess) {
  const CompilerOutput output = parse_output(kPartlyMapped16);
  EXPECT_EQ(output.version, "16.0.384591198");
  EXPECT_TRUE(output.claims_success);
  EXPECT_EQ(output.failure, "");
  EXPECT_EQ(output.milliseconds, 96);
  EXPECT_EQ(output.input_size, 7361004);
  EXPECT_EQ(output.on_chip_used, 81920);
  EXPECT_EQ(output.on_chip_free, 6333399);
  EXPECT_EQ(output.streamed, 0);
  EXPECT_EQ(output.subgraphs, 1);
  EXPECT_EQ(output.operators, 191);
  EXPECT_EQ(output.edge_tpu_operators, 1);
  EXPECT_EQ(output.cpu_operators, 190);
  EXPECT_EQ(output.output_model, "inference_proxy_mobilenet_quantized_v2_edgetpu.tflite");
  EXPECT_THAT(output.rows, IsEmpty());
}

TEST(CompilerOutput, OfASuccessThatMapsNothing) {
  const CompilerOutput output = parse_output(kNothingMapped15);
  EXPECT_TRUE(output.claims_success);
  EXPECT_EQ(output.subgraphs, 0);
}

TEST(CompilerOutput, OfAnOldVersionThatShowsItsOperators) {
  const CompilerOutput output = parse_output(kShown2);
  EXPECT_EQ(output.version, "2.0.267685300");
  EXPECT_EQ(output.on_chip_used, 10240);
  EXPECT_EQ(output.on_chip_free, 1814036);
  EXPECT_THAT(output.rows,
              ElementsAre(LogRow{"DEPTHWISE_CONV_2D", 1, "Mapped to Edge TPU"},
                          LogRow{"DEQUANTIZE", 1, "Operation is working on an unsupported data type"},
                          LogRow{"QUANTIZE", 1,
                                 "Operation is otherwise supported, but not mapped due to some unspecified "
                                 "limitation"}));
}

TEST(CompilerOutput, OfModelsCompiledTogether) {
  std::string text = kShown2;
  text.replace(text.find("Model compiled"), 14, "Models compiled");
  const CompilerOutput output = parse_output(text + kPartlyMapped16);
  EXPECT_TRUE(output.claims_success);
  EXPECT_EQ(output.output_model, "blur_edgetpu.tflite");
  EXPECT_EQ(output.operators, 3);
}

TEST(CompilerOutput, OfFailures) {
  for (const auto& [text, failure] : std::vector<std::pair<const char*, const char*>>{
           {kInternalError14, "Internal compiler error"},
           {kNotParsed16, "Didn't find op for builtin opcode 'QUANTIZE' version '3'"},
           {kNotQuantized14, "Model not quantized"},
           {kTooLarge16, "Compilation failed due to large activation tensors in model."}}) {
    const CompilerOutput output = parse_output(text);
    EXPECT_FALSE(output.claims_success);
    EXPECT_THAT(output.failure, StartsWith(failure));
  }
  EXPECT_FALSE(parse_output(kNoReason16).claims_success);
  EXPECT_EQ(parse_output(kNoReason16).failure, "");
  EXPECT_EQ(parse_output("Invalid model: x.tflite").failure, "Invalid model");
}

TEST(CompilerOutput, OfALog) {
  const auto rows = parse_log(kLog16);
  ASSERT_EQ(rows.size(), 5U);
  EXPECT_EQ(rows[4], (LogRow{"CONV_2D", 1, "More than one subgraph is not supported"}));
}

TEST(CompilerOutput, Sizes) {
  EXPECT_EQ(parse_size("0.00B"), 0);
  EXPECT_EQ(parse_size("175.00KiB"), 179200);
  EXPECT_EQ(parse_size("1.00GiB"), int64_t{1} << 30);
  for (const char* wrong : {"", "1", "MiB", "-1.00B", "1.2.3MiB", "99999999999999999999B", "1e9B"}) {
    EXPECT_EQ(parse_size(wrong), std::nullopt) << wrong;
  }
}

// Whatever a program prints, nothing is thrown.
TEST(CompilerOutput, OfAnythingIsRead) {
  const uint64_t seed = 11;
  SCOPED_TRACE("seed " + std::to_string(seed));
  Random random(seed);
  for (const char* text : {kPartlyMapped16, kShown2, kNotParsed16}) {
    for (int round = 0; round < 200; ++round) {
      std::string damaged = text;
      for (int i = 0; i < 5; ++i)
        damaged[random.below(damaged.size())] = static_cast<char>(random.below(256));
      damaged.resize(random.below(damaged.size() + 1));
      EXPECT_NO_THROW(parse_output(damaged));
    }
  }
  EXPECT_EQ(parse_output(std::string(100000, 'A')).version, "");
  EXPECT_EQ(parse_output("Total number of operations: 99999999999999999999").operators, std::nullopt);
}

}  // namespace
}  // namespace nudge::edgetpu
