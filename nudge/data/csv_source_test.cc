#include "nudge/data/csv_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/data/test_folder.h"

namespace nudge::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

class CsvSource : public testing::Test {
 protected:
  void SetUp() override {
    for (int i = 0; i < 6; ++i)
      folder_.put_picture("photos/" + std::to_string(i) + ".png", static_cast<uint8_t>(i));
  }
  std::shared_ptr<const Source> open(const std::string& text, const std::string& more = "") const {
    return open_source(folder_.put("list.csv", text) + more);
  }
  void expect(const std::string& text, const std::string& what, const std::string& more = "") const {
    EXPECT_THAT([&] { open(text, more); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("list.csv"), HasSubstr(what))));
  }

  TestFolder folder_;
};

TEST_F(CsvSource, ListsImagesWithNamedColumns) {
  const auto source = open("path,label\nphotos/3.png,tulips\nphotos/1.png,daisy\n");
  EXPECT_THAT(source->class_names(), ElementsAre("daisy", "tulips"));
  ASSERT_EQ(source->size(), 2);
  EXPECT_EQ(source->item_name(0), "photos/3.png");
  EXPECT_EQ(source->label(0), 1);
  EXPECT_EQ(source->load(0, {4, 6}).data<uint8_t>()[0], 3);
  EXPECT_EQ(source->stored_size(1), (ImageSize{4, 6}));
  // As with a folder, the same name is always of the same part.
  EXPECT_EQ(source->split(0), split_of("photos/3.png"));
}

TEST_F(CsvSource, NeedsNoNamesOfColumns) {
  const auto source = open("photos/0.png,1,train\nphotos/1.png,0,val\nphotos/2.png,2,test\n");
  EXPECT_THAT(source->class_names(), ElementsAre("0", "1", "2"));
  EXPECT_EQ(source->label(0), 1);
  EXPECT_EQ(source->split(0), Split::kTrain);
  EXPECT_EQ(source->split(1), Split::kValidation);
  EXPECT_EQ(source->split(2), Split::kTest);
}

TEST_F(CsvSource, TakesTheColumnsThatAreAskedFor) {
  const auto source = open("id,where,species,part\n7,photos/0.png,b,test\n8,photos/5.png,a,train\n",
                           "?image=where&label=species&split=part");
  EXPECT_THAT(source->class_names(), ElementsAre("a", "b"));
  EXPECT_EQ(source->split(0), Split::kTest);
  EXPECT_EQ(source->load(1, {4, 6}).data<uint8_t>()[0], 5);
  const auto tabs =
      open_source(folder_.put("list.tsv", "file\tclass\nphotos/0.png\ta, b\nphotos/1.png\tc\n"));
  EXPECT_THAT(tabs->class_names(), ElementsAre("a, b", "c"));
}

TEST_F(CsvSource, SaysWhatIsWrong) {
  expect("", "holds no rows");
  expect("path,label\n", "no rows but the names of its columns");
  expect("photos/0.png\nphotos/1.png\n", "1 columns without names");
  expect("photos/0.png,a\nphotos/1.png\n", "line 2: 1 cells where the first row has 2");
  expect("a,b\nphotos/0.png,1\n", "has no column image or path or file or filename, it has 'a', 'b'");
  expect("path,b\nphotos/0.png,1\n", "has no column label or class, it has 'path', 'b'; say which is meant");
  expect("path,label\nphotos/0.png,1\n", "has no column part", "?split=part");
  expect("path,label,split\nphotos/0.png,1,traning\n", "line 2: the split is 'traning', expected train");
  expect("path,label\nphotos/0.png,a\nphotos/1.png,1\n", "line 3: its class is a number");
  expect("path,label\nphotos/0.png,\n", "line 2: its class has no name");
  expect("path,label\n,a\n", "line 2: names no image");
  expect("path,label\nphotos/0.png,a\nphotos/1.png,a\n", "holds only one class, 'a'");
  expect("path,label\nphoto/0.png,a\nphotos/1.png,b\n",
         "photo/0.png is not there; paths start at the table's folder");
  expect("photos/0.png,a\n", "columns have no names; leave out label=", "?label=b");
  expect("path,label\nphotos/0.png,1\nphotos/1.png,2\n", "they must start at 0: the option first=1 says so");
  EXPECT_EQ(open("path,label\nphotos/0.png,1\nphotos/1.png,2\n", "?first=1")->label(1), 1);
}

}  // namespace
}  // namespace nudge::data
