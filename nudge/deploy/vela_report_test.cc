// What is read of the report of Arm's compiler.
#include "nudge/deploy/vela_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::deploy {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

constexpr const char* kPrinted =
    "Network summary for tiny\n"
    "CPU operators = 1 (33.3%)\n"
    "   CPU: Quantize = image_int8 (outputs [1, 8, 8, 3])\n"
    "NPU operators = 2 (66.7%)\n"
    "   NPU: Conv2D = conv (outputs [1, 8, 8, 3])\n"
    "   NPU: FullyConnected = dense = 2 (outputs [1, 1, 1, 2])\n";
constexpr const char* kSummary =
    "network,accelerator_configuration,system_config,memory_mode,inferences_per_second,sram_memory_used,"
    "dram_memory_used,on_chip_flash_memory_used,off_chip_flash_memory_used,cycles_npu,cycles_total\r\n"
    "\"tiny, too\",Ethos_U55_256,High_End,Shared_Sram,206611.5,1.390625,0.5,0.125,1.0,2185,2420\r\n";

TEST(VelaReport, IsRead) {
  const VelaReport report = parse_vela(kPrinted, kSummary);
  EXPECT_EQ(report.accelerator, "Ethos_U55_256");
  EXPECT_EQ(report.cpu_operators, 1);
  EXPECT_EQ(report.npu_operators, 2);
  ASSERT_EQ(report.operators.size(), 3u);
  EXPECT_EQ(report.operators[0].op, "Quantize");
  EXPECT_EQ(report.operators[0].name, "image_int8");
  EXPECT_FALSE(report.operators[0].on_npu);
  EXPECT_EQ(report.operators[2].name, "dense = 2");
  EXPECT_TRUE(report.operators[2].on_npu);
  EXPECT_EQ(report.cycles, 2420);
  EXPECT_EQ(report.npu_cycles, 2185);
  EXPECT_EQ(report.sram_bytes, 1424);
  EXPECT_EQ(report.dram_bytes, 512);
  EXPECT_EQ(report.flash_bytes, 1152);
  EXPECT_THAT(to_text(report), HasSubstr("2 of 3 operators on the NPU"));
  EXPECT_THAT(to_text(report), HasSubstr("on the CPU: image_int8 (Quantize)"));
}

TEST(VelaReport, WhereTheNpuComputesNothingThereIsNoSpeed) {
  std::string summary = kSummary;
  summary.replace(summary.find("206611.5"), 8, "nan");
  EXPECT_EQ(
      parse_vela("CPU operators = 1 (100.0%)\nNPU operators = 0 (0.0%)\n", summary).inferences_per_second, 0);
}

TEST(VelaReport, AnotherIsRefused) {
  EXPECT_THAT([] { parse_vela("", kSummary); }, ThrowsMessage<InputError>(HasSubstr("how many operators")));
  EXPECT_THAT([] { parse_vela(kPrinted, "network\ntiny\n"); },
              ThrowsMessage<InputError>(HasSubstr("no column 'accelerator_configuration'")));
  std::string summary = kSummary;
  summary.replace(summary.find("2420"), 4, "many");
  EXPECT_THAT([&] { parse_vela(kPrinted, summary); },
              ThrowsMessage<InputError>(HasSubstr("'many' of column 'cycles_total' is no number")));
}

}  // namespace
}  // namespace nudge::deploy
