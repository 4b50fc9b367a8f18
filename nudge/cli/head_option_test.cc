#include "nudge/cli/head_option.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <CLI/CLI.hpp>

namespace nudge::cli {
namespace {

using layers::ActivationFunction;
using testing::AllOf;
using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(HeadOption, NamesTheHiddenLayers) {
  EXPECT_TRUE(head_from("dense", 5).hidden.empty());
  EXPECT_EQ(head_from("dense", 5).classes, 5);
  const auto two = head_from("dense:100,tanh,50", 3).hidden;
  ASSERT_EQ(two.size(), 2U);
  EXPECT_EQ(two[0].units, 100);
  EXPECT_EQ(two[0].activation, ActivationFunction::kTanh);
  EXPECT_EQ(two[1].units, 50);
  EXPECT_EQ(two[1].activation, ActivationFunction::kRelu);
}

TEST(HeadOption, AnythingElseIsWrongUsage) {
  for (const char* text : {"", "conv", "denser", "dense:", "dense:relu", "dense:0", "dense:100,nope",
                           "dense:-1", "dense:99999999999999999999", "dense:,100"}) {
    EXPECT_THAT([&] { head_from(text, 2); }, ThrowsMessage<CLI::ValidationError>(HasSubstr("--head")))
        << text;
  }
}

TEST(HeadOption, SaysWhatWent) {
  train::HeadReplacement head;
  head.added = {"dense", "dense_1"};
  EXPECT_EQ(describe(head), "head: dense, dense_1");
  head.removed = {"fc1", "fc2"};
  EXPECT_EQ(describe(head), "head: dense, dense_1 in place of fc1, fc2");
}

}  // namespace
}  // namespace nudge::cli
