#include "nudge/convert/file_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"

namespace nudge::convert {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

tflite::Metadata notes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {"nudge_notes", {bytes.begin(), bytes.end()}};
}

TEST(FileCard, RidesInTheMetadata) {
  tflite::TfLiteModel file;
  file.metadata.push_back({"other", {std::byte{1}}});
  EXPECT_EQ(model_card(file).preprocessing, "");
  set_model_card(file, {.preprocessing = "tf", .classes = {"a", "b"}, .origin = "ptq"});
  set_model_card(file, {.preprocessing = "rescale", .classes = {"a", "b"}, .origin = "qat"});
  EXPECT_EQ(file.metadata.size(), 2U) << "the later card replaces the earlier";
  EXPECT_EQ(model_card(file).preprocessing, "rescale");
  EXPECT_EQ(model_card(file).origin, "qat");
  EXPECT_EQ(model_card(file).classes.size(), 2U);
}

TEST(FileCard, OfAnOlderFileIsReadThroughItsPadding) {
  tflite::TfLiteModel file;
  file.metadata.push_back(
      notes(std::string(R"({"preprocessing":"tf","classes":["a"],"origin":"ptq"})") + std::string(7, '\0')));
  EXPECT_EQ(model_card(file).preprocessing, "tf");
}

TEST(FileCard, ThatIsNoCardIsRefused) {
  for (const char* text : {"{", "", R"({"classes": 5})"}) {
    tflite::TfLiteModel file;
    file.metadata.push_back(notes(text));
    EXPECT_THAT([&] { model_card(file); }, ThrowsMessage<InputError>(HasSubstr(".tflite"))) << text;
  }
}

}  // namespace
}  // namespace nudge::convert
