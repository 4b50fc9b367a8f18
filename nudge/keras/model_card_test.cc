#include "nudge/keras/model_card.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge::keras {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

ModelCard full_card() {
  ModelCard card;
  card.preprocessing = "0.5,-1";
  card.classes = {"cat", "dog, large"};
  card.image_height = 96;
  card.image_width = 64;
  card.origin = "qat";
  card.trained = {12, 2, "binary_crossentropy", "adam"};
  return card;
}

TEST(ModelCard, ComesBackFromItsJson) {
  const ModelCard card = model_card_from_json(parse_json(dump_json(to_json(full_card())), "text"), "here");
  EXPECT_EQ(card.preprocessing, "0.5,-1");
  EXPECT_THAT(card.classes, ElementsAre("cat", "dog, large"));
  EXPECT_EQ(card.image_height, 96);
  EXPECT_EQ(card.image_width, 64);
  EXPECT_EQ(card.origin, "qat");
  EXPECT_EQ(card.trained.epochs, 12);
  EXPECT_EQ(card.trained.qat_epochs, 2);
  EXPECT_EQ(card.trained.loss, "binary_crossentropy");
  EXPECT_EQ(card.trained.optimizer, "adam");
}

TEST(ModelCard, WithoutKnowledgeSaysNothing) {
  EXPECT_EQ(to_json(ModelCard{}), Json::object());
  EXPECT_EQ(to_text(ModelCard{}), "");
  EXPECT_EQ(to_json(model_card_from_json(Json::object(), "here")), Json::object());
}

TEST(ModelCard, ReadsWhatOlderFilesHold) {
  const Json old = {{"preprocessing", "tf"}, {"classes", {"a", "b"}}, {"training", {{"history", {}}}}};
  const ModelCard card = model_card_from_json(old, "here");
  EXPECT_EQ(card.preprocessing, "tf");
  EXPECT_THAT(card.classes, ElementsAre("a", "b"));
  EXPECT_EQ(card.trained.epochs, 0);
}

TEST(ModelCard, TellsPeopleALineEach) {
  EXPECT_EQ(to_text(full_card()),
            "pixels: 0.5,-1\nclasses: cat, dog, large\nimages: 96 x 64\norigin: qat\n"
            "trained: 12 epochs, 2 of them QAT; binary_crossentropy, adam\n");
}

TEST(ModelCard, OfOtherTypesIsRefused) {
  for (const char* text : {R"({"preprocessing": 3})", R"({"classes": "a"})", R"({"image_size": [8]})",
                           R"({"trained": []})", R"([1])"}) {
    EXPECT_THAT([&] { model_card_from_json(parse_json(text, "text"), "x.keras"); },
                ThrowsMessage<InputError>(HasSubstr("x.keras: what nudge noted")))
        << text;
  }
}

}  // namespace
}  // namespace nudge::keras
