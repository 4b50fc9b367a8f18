#include "nudge/data/source_spec.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Pair;
using testing::ThrowsMessage;
using testing::UnorderedElementsAre;

TEST(SourceSpec, HoldsAPathAndOptions) {
  const SourceSpec plain = parse_source_spec("photos");
  EXPECT_EQ(plain.path, "photos");
  EXPECT_THAT(plain.options, IsEmpty());
  const SourceSpec spec = parse_source_spec("a/x.tfrecord*?image=image/encoded&label=image/class/label");
  EXPECT_EQ(spec.path, "a/x.tfrecord*");
  EXPECT_THAT(spec.options,
              UnorderedElementsAre(Pair("image", "image/encoded"), Pair("label", "image/class/label")));
  EXPECT_EQ(spec.option("label", "label"), "image/class/label");
  EXPECT_EQ(spec.option("split", "none"), "none");
}

TEST(SourceSpec, AQuestionMarkMayBeOfTheName) {
  const TestFolder folder;
  folder.put("what?a=b/x.txt", "");
  EXPECT_EQ(parse_source_spec(folder.path("what?a=b")).path, folder.path("what?a=b"));
}

TEST(SourceSpec, SaysWhatIsWrong) {
  const auto expect = [](const std::string& text, const std::string& what) {
    EXPECT_THAT([&] { parse_source_spec(text); }, ThrowsMessage<InputError>(HasSubstr(what))) << text;
  };
  expect("a?", "'' is not KEY=VALUE");
  expect("a?image", "'image' is not KEY=VALUE");
  expect("a?=x", "is not KEY=VALUE");
  expect("a?image=", "is not KEY=VALUE");
  expect("a?image=x&", "'' is not KEY=VALUE");
  expect("a?image=x&image=y", "'image' is given twice");
  const SourceSpec spec = parse_source_spec("a?imgae=x");
  EXPECT_THAT(
      [&] {
        spec.check_options({"image", "label"});
      },
      ThrowsMessage<InputError>(HasSubstr("a?imgae=x: unknown option 'imgae'; there are image, label")));
  EXPECT_THAT([&] { spec.check_options({}); }, ThrowsMessage<InputError>(HasSubstr("takes none")));
}

}  // namespace
}  // namespace nudge::data
