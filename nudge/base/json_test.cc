#include "nudge/base/json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "nudge/base/error.h"

namespace nudge {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::StartsWith;
using testing::ThrowsMessage;

TEST(Json, KeepsTheOrderOfKeys) {
  const std::string text = R"({"zebra":1,"apple":[true,null,"x"],"mango":{"b":2.5,"a":-1}})";
  EXPECT_EQ(dump_json(parse_json(text, "text")), text);
  EXPECT_EQ(dump_json(parse_json("{\"a\":[1]}", "text"), 1), "{\n \"a\": [\n  1\n ]\n}");
}

TEST(Json, MistakesNameTheFileAndThePlace) {
  EXPECT_THAT([] { parse_json(R"({"a": 1, "b" 2})", "recipe.json"); },
              ThrowsMessage<InputError>(AllOf(StartsWith("recipe.json: "), HasSubstr("near byte 14"))));
}

TEST(Json, EveryKindOfBadTextIsAnInputError) {
  for (const std::string& text : {std::string(), std::string("{"), std::string("[1,]"), std::string("nul"),
                                  std::string("1 2"), std::string("\"\xff\""), std::string("[1e999]"),
                                  std::string(100'000, '['), std::string("{\"a\":\0}", 7)}) {
    EXPECT_THROW(parse_json(text, "file"), InputError) << text.substr(0, 20);
  }
}

TEST(Json, RefusesWhatIsTooDeepOrTooMuch) {
  const std::string deep = std::string(150, '[') + std::string(150, ']');
  EXPECT_EQ(dump_json(parse_json(deep, "f")), deep);
  const auto refusal = [](const std::string& text, const char* why) {
    EXPECT_THAT([&] { parse_json(text, "f.json"); },
                ThrowsMessage<InputError>(AllOf(StartsWith("f.json: holds more JSON"), HasSubstr(why))));
  };
  refusal(std::string(300, '[') + std::string(300, ']'), "nested 201 deep");
  std::string many = "[0";
  for (int i = 0; i < 2'000'000; ++i) many += ",0";
  refusal(many + "]", "over 2000000 values");
  refusal(std::string((size_t{64} << 20) + 1, ' '), "bytes");
}

TEST(Json, WhatItCannotHoldIsWrittenAsNull) {
  const double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(dump_json(Json{1.5, std::numeric_limits<double>::quiet_NaN(), infinity, -infinity}),
            "[1.5,null,null,null]");
}

TEST(Json, BytesThatAreNoTextAreReplaced) { EXPECT_EQ(dump_json(Json("a\xff")), "\"a\xEF\xBF\xBD\""); }

}  // namespace
}  // namespace nudge
