// C++ sources for TensorFlow Lite Micro, and its own interpreter where it is installed.
#include "nudge/deploy/tflm_export.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/deploy/arena.h"
#include "nudge/deploy/golden_metadata.h"
#include "nudge/deploy/test_small_model.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/writer.h"

namespace nudge::deploy {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::ThrowsMessage;

class TflmExportTest : public testing::Test {
 protected:
  std::string text(const std::string& name) const { return read_text_file(folder_.path("out/" + name)); }
  TflmExport exported(const tflite::TfLiteModel& file, const TflmExportOptions& options = {}) const {
    tflite::write(file, folder_.path("tiny-net.tflite"));
    return export_tflm(folder_.path("tiny-net.tflite"), folder_.path("out"), options);
  }

  TestFolder folder_;
};

TEST_F(TflmExportTest, WritesTheModelItsOperatorsAndATest) {
  const TflmExport made = exported(small_model(), {.golden = 3, .python = ""});
  EXPECT_EQ(made.files.size(), 6u);
  EXPECT_EQ(made.vectors, 3);
  EXPECT_THAT(text("tiny_net_operators.h"), HasSubstr("MicroMutableOpResolver<5>"));
  EXPECT_THAT(text("tiny_net_operators.h"), HasSubstr("resolver.AddMaxPool2D()"));
  EXPECT_THAT(text("tiny_net_model.h"),
              HasSubstr("tiny_net_arena_bytes = " + std::to_string(made.arena_bytes) + ";"));
  EXPECT_THAT(text("tiny_net_model.cc"),
              HasSubstr("alignas(16) const unsigned char tiny_net_model[] = {\n  0x"));
  EXPECT_THAT(text("tiny_net_golden.h"), HasSubstr("tiny_net_golden_vectors = 3;"));
  EXPECT_THAT(text("tiny_net_self_test.cc"), HasSubstr("tflite::GetModel(tiny_net_model)"));
  EXPECT_THAT(text("tiny_net_self_test.cc"), Not(HasSubstr("NAME")));
  const std::string golden = text("tiny_net_golden.cc");
  // 3 images of 192 bytes, 3 times 5 scores.
  EXPECT_EQ(std::count(golden.begin(), golden.end(), 'x'), 3 * 192 + 3 * 5);
}

TEST_F(TflmExportTest, LeavesOnTheDeviceNothingThatItDoesNotRead) {
  tflite::TfLiteModel file = small_model();
  const TflmExport bare = exported(file, {.python = ""});
  set_golden(file, make_golden(file, 5, 1));
  file.metadata.push_back({"notes", std::vector<std::byte>(1000)});
  const TflmExport made = exported(file, {.python = ""});
  EXPECT_EQ(made.vectors, 5) << "the file's own";
  EXPECT_EQ(made.model_bytes, bare.model_bytes);
}

TEST_F(TflmExportTest, TheInterpreterGivesTheGoldenValues) {
  if (tflm_python().empty()) GTEST_SKIP() << "tflite-micro is not installed";
  for (const auto ends : {tflite::TensorType::kInt8, tflite::TensorType::kFloat32}) {
    const TflmExport made = exported(small_model(ends), {.golden = 20, .seed = 5});
    EXPECT_TRUE(made.measured);
    EXPECT_THAT(made.differences, IsEmpty());
  }
}

TEST_F(TflmExportTest, ADifferenceIsFound) {
  if (tflm_python().empty()) GTEST_SKIP() << "tflite-micro is not installed";
  tflite::TfLiteModel file = small_model();
  std::vector<GoldenVector> vectors = make_golden(file, 2, 1);
  vectors[1].outputs[0].data<int8_t>()[4] ^= 1;
  set_golden(file, vectors);
  EXPECT_EQ(exported(file).differences.size(), 1u);
}

TEST_F(TflmExportTest, WithoutTheInterpreterTheArenaIsEstimated) {
  const TflmExport made = exported(small_model(), {.python = ""});
  EXPECT_FALSE(made.measured);
  EXPECT_EQ(made.arena_bytes, estimated_arena(small_model()));
  EXPECT_THAT(text("tiny_net_model.h"), HasSubstr("An upper estimate"));
}

TEST_F(TflmExportTest, OfAFileForAnNpuKeepsItsPlanOfTheArena) {
  tflite::TfLiteModel file = small_model();
  const std::vector<GoldenVector> vectors = make_golden(file, 1, 1);
  file.main().operators[0].op = tflite::BuiltinOperator::kCustom;
  file.main().operators[0].custom_code = "ethos-u";
  file.main().operators[0].options = {};
  EXPECT_THAT([&] { exported(file); }, ThrowsMessage<UnsupportedError>(HasSubstr("carries golden vectors")));
  set_golden(file, vectors);
  const int64_t without = exported(file).model_bytes;
  file.metadata.push_back({"OfflineMemoryAllocation", std::vector<std::byte>(1000)});
  const TflmExport made = exported(file);
  EXPECT_GE(made.model_bytes, without + 1000);
  EXPECT_FALSE(made.measured) << "the interpreter at hand has no NPU";
}

TEST_F(TflmExportTest, NeedsAVector) { EXPECT_THROW(exported(small_model(), {.golden = 0}), ValueError); }

}  // namespace
}  // namespace nudge::deploy
