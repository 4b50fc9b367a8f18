// TFLite Metadata: what is written says the same as what the public tools write, field by field.
#include "nudge/deploy/public_metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <metadata_generated.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/json.h"
#include "nudge/deploy/test_small_model.h"
#include "nudge/tflite/reader.h"
#include "nudge/tflite/writer.h"

namespace nudge::deploy {
namespace {

using testing::ElementsAre;

const std::vector<std::byte>& metadata_of(const tflite::TfLiteModel& file) {
  for (const tflite::Metadata& entry : file.metadata) {
    if (entry.name == "TFLITE_METADATA") return entry.data;
  }
  throw std::runtime_error("no metadata");
}

const fbs::ModelNotes& notes(const std::vector<std::byte>& bytes) {
  flatbuffers::Verifier verifier(reinterpret_cast<const uint8_t*>(bytes.data()), bytes.size());
  if (!fbs::VerifyModelNotesBuffer(verifier)) throw std::runtime_error("not of the schema");
  return *fbs::GetModelNotes(bytes.data());
}

// By testdata/make_public_metadata.py.
std::vector<std::byte> made_by_public_tools() {
  const std::string path = std::string(NUDGE_SOURCE_DIR) + "/nudge/deploy/testdata/public_metadata.json";
  const std::string digits = parse_json(read_text_file(path), path).at("metadata").get<std::string>();
  std::vector<std::byte> bytes;
  for (size_t i = 0; i + 1 < digits.size(); i += 2) {
    bytes.push_back(static_cast<std::byte>(std::stoi(digits.substr(i, 2), nullptr, 16)));
  }
  return bytes;
}

void expect_flowers(const fbs::ModelNotes& model) {
  EXPECT_EQ(model.name()->str(), "flowers");
  EXPECT_EQ(model.least_reader_version()->str(), "1.0.0");
  ASSERT_EQ(model.graphs()->size(), 1u);
  const fbs::GraphNotes& graph = *model.graphs()->Get(0);
  ASSERT_EQ(graph.inputs()->size(), 1u);
  const fbs::TensorNotes& image = *graph.inputs()->Get(0);
  EXPECT_EQ(image.name()->str(), "image");
  const fbs::Picture* picture = image.content()->meaning_as_Picture();
  ASSERT_NE(picture, nullptr);
  EXPECT_EQ(picture->colours(), fbs::Colours_Rgb);
  EXPECT_EQ(picture->size()->width(), 48u);
  EXPECT_EQ(picture->size()->height(), 32u);
  ASSERT_EQ(image.steps()->size(), 1u);
  const fbs::Normalization* scaling = image.steps()->Get(0)->processing_as_Normalization();
  ASSERT_NE(scaling, nullptr);
  EXPECT_THAT(std::vector<float>(scaling->mean()->begin(), scaling->mean()->end()), ElementsAre(127.5f));
  EXPECT_THAT(std::vector<float>(scaling->deviation()->begin(), scaling->deviation()->end()),
              ElementsAre(64.25f));
  ASSERT_EQ(graph.outputs()->size(), 1u);
  const fbs::TensorNotes& scores = *graph.outputs()->Get(0);
  EXPECT_EQ(scores.name()->str(), "classes");
  EXPECT_NE(scores.content()->meaning_as_Features(), nullptr);
  ASSERT_EQ(scores.files()->size(), 1u);
  EXPECT_EQ(scores.files()->Get(0)->name()->str(), "labels.txt");
  EXPECT_EQ(scores.files()->Get(0)->kind(), fbs::FileKind_AxisLabels);
}

const PublicMetadata kFlowers{
    .name = "flowers", .scaling = {.mean = {127.5f}, .deviation = {64.25f}}, .labels = {"a", "b\nc"}};

tflite::TfLiteModel flower_model() {
  tflite::TfLiteModel file = small_model();
  for (tflite::TfLiteTensor& tensor : file.main().tensors) {
    if (tensor.name == "image") tensor.shape = {1, 32, 48, 3};
  }
  return file;
}

TEST(PublicMetadata, OfThePublicToolsAreReadByTheSameSchema) {
  const std::vector<std::byte> bytes = made_by_public_tools();
  expect_flowers(notes(bytes));
}

TEST(PublicMetadata, SayTheSameAsThoseOfThePublicTools) {
  tflite::TfLiteModel file = flower_model();
  set_public_metadata(file, kFlowers);
  set_public_metadata(file, kFlowers);  // replaces
  EXPECT_EQ(file.metadata.size(), 1u);
  const std::vector<std::byte>& bytes = metadata_of(file);
  EXPECT_TRUE(flatbuffers::BufferHasIdentifier(bytes.data(), "M001"));
  expect_flowers(notes(bytes));
}

TEST(PublicMetadata, SayNothingThatIsNotKnown) {
  tflite::TfLiteModel file = flower_model();
  set_public_metadata(file, {.name = "flowers"});
  const fbs::GraphNotes& graph = *notes(metadata_of(file)).graphs()->Get(0);
  EXPECT_EQ(graph.inputs()->Get(0)->steps(), nullptr);
  EXPECT_EQ(graph.inputs()->Get(0)->content()->meaning_as_Picture(), nullptr);
  EXPECT_EQ(graph.outputs()->Get(0)->files(), nullptr);
}

TEST(PublicMetadata, WithLabelsBehindItTheFileIsStillOne) {
  tflite::TfLiteModel file = small_model();
  set_public_metadata(file, kFlowers);
  std::vector<std::byte> bytes = tflite::serialize(file);
  const size_t before = bytes.size();
  append_labels(bytes, {});
  EXPECT_EQ(bytes.size(), before);
  append_labels(bytes, kFlowers);
  const std::string behind(reinterpret_cast<const char*>(bytes.data()) + before, bytes.size() - before);
  EXPECT_NE(behind.find("labels.txta\nb c\n"), std::string::npos) << "a label is one line";
  EXPECT_EQ(metadata_of(tflite::parse(bytes, "bytes")), metadata_of(file));
}

TEST(PublicMetadata, AMeanNeedsADeviation) {
  tflite::TfLiteModel file = small_model();
  EXPECT_THROW(set_public_metadata(file, {.scaling = {.mean = {1}, .deviation = {}}}), ValueError);
}

}  // namespace
}  // namespace nudge::deploy
