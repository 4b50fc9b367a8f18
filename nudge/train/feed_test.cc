#include "nudge/train/feed.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/data/array_source.h"
#include "nudge/data/flowers.h"

namespace nudge::train {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::SizeIs;
using testing::ThrowsMessage;

const Array kPictures({2, 4, 4, 3}), kNumbers({2, 5});
const Array kClasses = Array::of<int32_t>({2}, {0, 1});

ModelEnd picture(const std::string& name) { return {name, {-1, 4, 4, 3}}; }
ModelEnd numbers(const std::string& name) { return {name, {-1, 5}}; }

std::vector<std::string> arrays_of(const Feed& feed) {
  std::vector<std::string> names;
  for (const auto& port : feed.inputs) names.push_back(port.array);
  return names;
}

TEST(Feed, NamedArraysGoInTheModelsOrder) {
  const auto source =
      data::from_arrays({{"a", kPictures}, {"b", kPictures}, {"first", kClasses}, {"second", kNumbers}});
  const Feed feed =
      feed_for("m", {picture("b"), picture("a")}, {numbers("second"), {"first", {-1, 2}}}, *source);
  EXPECT_THAT(arrays_of(feed), ElementsAre("b", "a"));
  EXPECT_EQ(feed.inputs[0].shape, (Shape{4, 4, 3}));
  EXPECT_THAT(feed.targets, ElementsAre("second", "first"));
  EXPECT_FALSE(feed.classes);
  EXPECT_THAT(feed.assumptions, IsEmpty());
  EXPECT_THAT(feed.weights, IsEmpty());
}

TEST(Feed, OneInputTakesPicturesOrX) {
  const auto flowers = data::make_flowers({.count = 15});
  const Feed of_pictures = feed_for("m", {picture("image")}, {{"scores", {-1, 5}}}, *flowers);
  EXPECT_THAT(of_pictures.inputs, IsEmpty());
  EXPECT_TRUE(of_pictures.classes);
  EXPECT_THAT(of_pictures.targets, IsEmpty());

  const auto samples = data::from_arrays({{"x", kNumbers}, {"y", kClasses}});
  const Feed of_samples = feed_for("m", {numbers("in")}, {{"scores", {-1, 2}}}, *samples);
  EXPECT_THAT(arrays_of(of_samples), ElementsAre("x"));
  EXPECT_TRUE(of_samples.classes);

  const auto own = data::from_arrays({{"in", kNumbers}, {"out", kNumbers}});
  EXPECT_THAT(arrays_of(feed_for("m", {numbers("in")}, {numbers("out")}, *own)), ElementsAre("in"));
  EXPECT_THAT(feed_for("m", {numbers("in")}, {}, *own).targets, IsEmpty()) << "calibration needs none";
}

TEST(Feed, WhatStandsInForAnArrayIsSaid) {
  const auto source = data::from_arrays({{"x", kPictures}, {"y", kClasses}});
  const Feed feed =
      feed_for("m", {picture("a"), picture("b")}, {{"scores", {-1, 2}}, numbers("code")}, *source);
  EXPECT_THAT(arrays_of(feed), ElementsAre("x", "x"));
  EXPECT_TRUE(feed.classes);
  ASSERT_THAT(feed.assumptions, SizeIs(2));
  EXPECT_THAT(feed.assumptions[0], AllOf(HasSubstr("x goes into 'a', 'b'")));
  EXPECT_THAT(feed.assumptions[1],
              AllOf(HasSubstr("the labels are for output 'scores'"), HasSubstr("'code'")));
}

TEST(Feed, FindsSampleWeights) {
  const auto source = data::from_arrays({{"in", kNumbers},
                                         {"a", kNumbers},
                                         {"b", kNumbers},
                                         {"b_sample_weight", Array({2})},
                                         {"sample_weight", Array({2})}});
  const Feed feed = feed_for("m", {numbers("in")}, {numbers("a"), numbers("b")}, *source);
  EXPECT_THAT(feed.weights, ElementsAre("sample_weight", "b_sample_weight"));
}

TEST(Feed, MissingArraysAreNamed) {
  const auto source = data::from_arrays({{"a", kPictures}, {"y", kClasses}}, "set.npz");
  EXPECT_THAT(
      [&] {
        feed_for("twins.keras", {picture("a"), picture("b")}, {numbers("out")}, *source);
      },
      ThrowsMessage<InputError>(AllOf(HasSubstr("set.npz: no array 'b'"),
                                      HasSubstr("twins.keras takes 'a', 'b'"), HasSubstr("hold a, y"))));
}

}  // namespace
}  // namespace nudge::train
