// Golden vectors in a file, and what else such metadata may hold.
#include "nudge/deploy/golden_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>

#include "nudge/base/error.h"
#include "nudge/deploy/test_small_model.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/writer.h"

namespace nudge::deploy {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;
using tflite::TensorType;

TEST(GoldenMetadata, ComeBackFromAFile) {
  for (const TensorType ends : {TensorType::kInt8, TensorType::kFloat32}) {
    tflite::TfLiteModel file = small_model(ends);
    const std::vector<GoldenVector> made = make_golden(file, 3, 7);
    set_golden(file, made);
    set_golden(file, made);  // replaces
    const auto back = golden_vectors(tflite::parse(tflite::serialize(file), "bytes"), "bytes");
    ASSERT_EQ(back.size(), 3u);
    for (size_t i = 0; i < back.size(); ++i) {
      EXPECT_TRUE(identical(back[i].inputs[0], made[i].inputs[0]));
      EXPECT_TRUE(identical(back[i].outputs[0], made[i].outputs[0]));
    }
    EXPECT_FALSE(identical(back[0].inputs[0], back[1].inputs[0]));
    set_golden(file, {});
    EXPECT_THAT(golden_vectors(file, "file"), IsEmpty());
  }
}

TEST(GoldenMetadata, VectorsOfTwoFormsAreRefused) {
  tflite::TfLiteModel file = small_model();
  std::vector<GoldenVector> vectors = make_golden(file, 2, 3);
  vectors[1].outputs[0] = Array({4}, DataType::kInt8);
  EXPECT_THROW(set_golden(file, vectors), ValueError);
}

TEST(GoldenMetadata, DamagedOnesAreRefused) {
  const auto refusal = [](const std::string& text) {
    tflite::TfLiteModel file = small_model();
    tflite::Metadata entry{.name = "nudge_golden", .data = {}};
    entry.data.resize(text.size());
    std::memcpy(entry.data.data(), text.data(), text.size());
    file.metadata.push_back(entry);
    return [file] { golden_vectors(file, "f.tflite"); };
  };
  const auto says = [](const char* text) { return ThrowsMessage<InputError>(HasSubstr(text)); };
  // A header of one input and one output, and bytes behind it.
  const auto damaged = [&](const char* vectors, const char* input, size_t bytes) {
    return refusal(std::string("{\"vectors\":") + vectors + ",\"inputs\":[" + input +
                   R"(],"outputs":[{"type":"int8","shape":[1,5]}]})" + "\n" + std::string(bytes, 'b'));
  };
  constexpr const char* kImage = R"({"type":"int8","shape":[1,8,8,3]})";
  constexpr size_t kBytes = 8 * 8 * 3 + 5;
  EXPECT_NO_THROW(damaged("1", kImage, kBytes)());
  EXPECT_THAT(refusal("{}"), says("f.tflite: its golden vectors have no header"));
  EXPECT_THAT(refusal("[]\n"), says("f.tflite: its golden vectors"));
  EXPECT_THAT(refusal("{\n"), says("f.tflite: its golden vectors"));
  EXPECT_THAT(damaged("0", kImage, kBytes), says("hold no vector"));
  EXPECT_THAT(damaged("1000000000000", kImage, kBytes), says("shorter than their header"));
  EXPECT_THAT(damaged("1", kImage, kBytes - 1), says("shorter than their header"));
  EXPECT_THAT(damaged("1", kImage, kBytes + 1), says("longer than their header"));
  EXPECT_THAT(damaged("1", "", kBytes), says("other inputs or outputs than the graph"));
  EXPECT_THAT(damaged("1", R"({"type":"int9","shape":[1]})", kBytes), says("int9"));
  EXPECT_THAT(damaged("1", R"({"type":"int8","shape":[4294967296,4294967296,16]})", kBytes),
              says("shorter than their header"));
  EXPECT_THAT(damaged("1", R"({"type":"int8","shape":[-1]})", kBytes), says("a shape that is none"));
  EXPECT_THAT(damaged("1", R"({"type":"int8","shape":[0]})", kBytes), says("shorter than their header"));
  EXPECT_THAT(damaged("1", R"({"type":"uint8","shape":[1,8,8,3]})", kBytes), says("other types or shapes"));
  EXPECT_THAT(damaged("1", R"({"type":"int8","shape":[192]})", kBytes), says("other types or shapes"));
}

}  // namespace
}  // namespace nudge::deploy
