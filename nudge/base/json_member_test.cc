#include "nudge/base/json_member.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge {
namespace {

using testing::StrEq;
using testing::ThrowsMessage;

const Json kConfig = Json::parse(
    R"({"name": "a", "units": 3, "rate": 0.5, "flag": true, "list": [1], "object": {}, "nothing": null})");

TEST(JsonMember, GivesWhatIsThere) {
  EXPECT_EQ(text_member(kConfig, "name", ""), "a");
  EXPECT_EQ(integer_member(kConfig, "units", "", 7), 3);
  EXPECT_EQ(number_member(kConfig, "rate", "", 7), 0.5);
  EXPECT_EQ(number_member(kConfig, "units", "", 7), 3.0);
  EXPECT_TRUE(flag_member(kConfig, "flag", "", false));
  EXPECT_EQ(array_member(kConfig, "list", "").size(), 1U);
  EXPECT_TRUE(object_member(kConfig, "object", "").empty());
}

TEST(JsonMember, FallsBackWhereAKeyIsAbsentOrNull) {
  for (const char* key : {"nothing", "absent"}) {
    EXPECT_EQ(text_member(kConfig, key, "", "x"), "x");
    EXPECT_EQ(integer_member(kConfig, key, "", 7), 7);
    EXPECT_EQ(number_member(kConfig, key, "", 7.5), 7.5);
    EXPECT_TRUE(flag_member(kConfig, key, "", true));
  }
}

TEST(JsonMember, NamesTheKeyWhatIsExpectedAndWhatIsGiven) {
  const std::string who = "layer 'a': ";
  EXPECT_THAT([&] { text_member(kConfig, "absent", who); },
              ThrowsMessage<InputError>(StrEq("layer 'a': the configuration lacks 'absent'")));
  EXPECT_THAT(
      [&] { text_member(kConfig, "units", who); },
      ThrowsMessage<InputError>(StrEq("layer 'a': 'units' in the configuration must be a string, given 3")));
  EXPECT_THROW(integer_member(kConfig, "rate", who, 1), InputError);
  EXPECT_THROW(number_member(kConfig, "name", who, 1), InputError);
  EXPECT_THROW(flag_member(kConfig, "name", who, true), InputError);
  EXPECT_THROW(array_member(kConfig, "object", who), InputError);
  EXPECT_THROW(object_member(kConfig, "list", who), InputError);
  EXPECT_THROW(member(Json(3), "list", who), InputError);
}

TEST(JsonMember, ShapesThatAreNoneHaveNoDimensions) {
  EXPECT_EQ(shape_or_nothing(Json::parse("[null, 8, 3]")), (Shape{kUnknown, 8, 3}));
  for (const char* other : {"3", "[1, -2]", "[\"x\"]", "null", "[0.5]"}) {
    EXPECT_TRUE(shape_or_nothing(Json::parse(other)).empty()) << other;
  }
}

TEST(JsonMember, SpeaksInPlainWords) {
  try {
    static_cast<void>(kConfig.at("absent"));
    FAIL();
  } catch (const nlohmann::json::exception& error) {
    EXPECT_EQ(plain_words(error), "key 'absent' not found");
  }
  EXPECT_EQ(plain_words(InputError("as it is")), "as it is");
  EXPECT_EQ(excerpt(Json(std::string(200, 'x'))).size(), 63U);
}

}  // namespace
}  // namespace nudge
