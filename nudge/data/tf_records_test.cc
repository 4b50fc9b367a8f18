#include "nudge/data/tf_records.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "nudge/base/error.h"
#include "nudge/base/random.h"
#include "nudge/data/describe.h"
#include "nudge/data/fixtures_test.h"
#include "nudge/data/loader.h"
#include "nudge/data/test_folder.h"
#include "nudge/data/test_records.h"

namespace nudge::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::ThrowsMessage;

// What TensorFlow wrote (testdata/make_tf_records.py).
const Json& fixture(const std::string& name) {
  static const Json entries = read_test_json("tf_records.json");
  for (const Json& entry : entries) {
    if (entry["name"] == name) return entry;
  }
  throw std::runtime_error("no entry " + name);
}

std::string png(uint8_t level) { return encode_png(Array::full<uint8_t>({4, 6, 3}, level)); }

// Records of classes 0 and 1 by turns, with pictures of the level 10 * number.
std::string records(int count, int first = 0) {
  std::string file;
  for (int i = first; i < first + count; ++i)
    file += labelled_record(png(static_cast<uint8_t>(10 * i)), i % 2);
  return file;
}

void expect_pictures(const Source& source, const Json& entry) {
  const ImageSize size{entry["height"], entry["width"]};
  ASSERT_EQ(source.size(), std::ssize(entry["records"]));
  for (int64_t item = 0; item < source.size(); ++item) {
    const Array picture = source.load(item, size);
    const std::string expected = from_hex(entry["records"][static_cast<size_t>(item)]["rgb"]);
    EXPECT_EQ(std::string(reinterpret_cast<const char*>(picture.bytes()), picture.byte_size()), expected);
    EXPECT_EQ(source.stored_size(item), size);
  }
}

TEST(TfRecords, AreReadAsTensorFlowWroteThem) {
  const TestFolder folder;
  const Json& entry = fixture("tfds");
  const auto source = open_source(folder.put("flowers.tfrecord", from_hex(entry["file"])));
  expect_pictures(*source, entry);
  EXPECT_THAT(source->class_names(), ElementsAre("0", "1", "2"));
  for (int64_t item = 0; item < source->size(); ++item) {
    EXPECT_EQ(source->label(item), entry["records"][static_cast<size_t>(item)]["class"]);
  }
  EXPECT_EQ(source->item_name(2), "flowers.tfrecord: record 2");
}

TEST(TfRecords, FeaturesAreGivenByNameAndTextsAreClasses) {
  const TestFolder folder;
  const Json& entry = fixture("slim");
  const std::string path = folder.put("train-00000-of-00001", from_hex(entry["file"]));
  const auto source = open_source(path + "?image=image/encoded&label=image/class/text");
  expect_pictures(*source, entry);
  EXPECT_THAT(source->class_names(), ElementsAre("daisy", "roses", "tulips"));
  for (int64_t item = 0; item < source->size(); ++item) {
    const std::string name = source->class_names()[static_cast<size_t>(source->label(item))];
    EXPECT_EQ(name, entry["records"][static_cast<size_t>(item)]["class"]);
  }
  EXPECT_THAT([&] { open_source(path); },
              ThrowsMessage<InputError>(AllOf(
                  HasSubstr("record 0: has no feature 'image', it has 'image/bbox', 'image/class/text'"),
                  HasSubstr("train-00000-of-00001?image=NAME&label=NAME"))));
}

// So what the other tests are made of is what TensorFlow writes and reads.
TEST(TfRecords, TheTestsWriteWhatTensorFlowWrites) {
  const Json& entry = fixture("tfds");
  std::string file;
  for (const Json& record : entry["records"]) {
    file += labelled_record(from_hex(record["png"]), record["class"].get<int64_t>());
  }
  EXPECT_EQ(file, from_hex(entry["file"]));
}

TEST(TfRecords, ComeInShardsWithSplitsAndClassNamesBesideThem) {
  const TestFolder folder;
  folder.put("set/flowers-train.tfrecord-00000-of-00002", records(3));
  folder.put("set/flowers-train.tfrecord-00001-of-00002", records(2, 3));
  folder.put("set/flowers-test.tfrecord-00000-of-00001", records(2, 5));
  folder.put("set/label.labels.txt", "cat\ndog\nfrog\n");
  folder.put("set/dataset_info.json", "{}");
  const auto source = open_source(folder.path("set"));
  EXPECT_EQ(source->size(), 7);
  EXPECT_THAT(source->class_names(), ElementsAre("cat", "dog", "frog"));
  EXPECT_EQ(source->items(Split::kTest).size(), 2u);
  EXPECT_EQ(source->items(Split::kTrain).size(), 5u);
  EXPECT_THAT(source->items(Split::kValidation), IsEmpty());
  EXPECT_EQ(source->load(source->items(Split::kTrain)[3], {4, 6}).data<uint8_t>()[0], 30);
  // One part alone is split as other sources are.
  const auto train = open_source(folder.path("set/flowers-train*"));
  EXPECT_EQ(train->size(), 5);
  EXPECT_FALSE(train->items(Split::kTest).empty());
  EXPECT_EQ(open_source(folder.path("set/flowers-train.tfrecord"))->size(), 5);
  EXPECT_EQ(open_source(folder.path("set/flowers-train.tfrecord-00001-of-00002"))->size(), 2);
  EXPECT_EQ(open_source(folder.path("set/*tr*n.*-00000-of*"))->size(), 3);
}

TEST(TfRecords, LabelsMayBeCountedFromOne) {
  const TestFolder folder;
  const std::string path = folder.put("a.tfrecord", labelled_record(png(1), 1) + labelled_record(png(2), 2));
  EXPECT_THAT([&] { open_source(path); },
              ThrowsMessage<InputError>(HasSubstr("they must start at 0: the option first=1 says so")));
  const auto source = open_source(path + "?first=1");
  EXPECT_THAT(source->class_names(), ElementsAre("0", "1"));
  EXPECT_EQ(source->label(1), 1);
}

TEST(TfRecords, NumbersMayStandAloneOrPacked) {
  const std::string packed = integer_feature(1);
  const std::string alone = wire_field(3, wire_number(1 << 3) + wire_number(1));
  ASSERT_NE(packed, alone);
  const TestFolder folder;
  std::string file = labelled_record(png(1), 0);
  for (const std::string& label : {packed, alone}) {
    file += framed_record(tf_example({{"image", bytes_feature(png(2))}, {"label", label}}));
  }
  const auto source = open_source(folder.put("a.tfrecord", file));
  ASSERT_EQ(source->size(), 3);
  EXPECT_EQ(source->label(1), 1);
  EXPECT_EQ(source->label(2), 1);
}

TEST(TfRecords, ADamagedRecordIsFoundWhenItIsLoaded) {
  const TestFolder folder;
  std::string file = records(6);
  char& amid = file[records(3).size() + 60];
  amid = static_cast<char>(amid ^ 4);
  const auto source = open_source(folder.put("a.tfrecord", file));
  ASSERT_EQ(source->size(), 6);
  EXPECT_EQ(source->load(2, {4, 6}).data<uint8_t>()[0], 20);
  EXPECT_THAT(
      [&] {
        source->load(3, {4, 6});
      },
      ThrowsMessage<InputError>(HasSubstr("a.tfrecord: record 3: its checksum is another")));
  LoaderOptions options{.split = Split::kAll, .size = {4, 6}, .batch = 6, .shuffle = false};
  EXPECT_THROW(Loader(source, options).next(), InputError);
  options.skip_damaged = true;
  Loader loader(source, options);
  EXPECT_THAT(loader.next().items, ElementsAre(0, 1, 2, 4, 5));
  EXPECT_THAT(loader.damaged(), ElementsAre(HasSubstr("a.tfrecord: record 3: ")));
}

TEST(TfRecords, WhatIsBehindADamagedLengthIsLeftOutAndNamed) {
  const TestFolder folder;
  std::string file = records(6);
  const size_t at = records(4).size();
  file[at] = static_cast<char>(file[at] ^ 1);
  const auto source = open_source(folder.put("a.tfrecord", file));
  EXPECT_EQ(source->size(), 4);
  EXPECT_THAT(source->damaged(),
              ElementsAre(AllOf(HasSubstr("a.tfrecord: record 4: its length is damaged"),
                                HasSubstr(fmt::format("the {} bytes from there", file.size() - at)))));
  LoaderOptions options{.split = Split::kAll, .size = {4, 6}, .batch = 6};
  EXPECT_THAT([&] { Loader(source, options); }, ThrowsMessage<InputError>(HasSubstr("record 4: its length")));
  options.skip_damaged = true;
  EXPECT_EQ(Loader(source, options).next().items.size(), 4u);
  const auto cut = open_source(folder.put("b.tfrecord", records(6).substr(0, records(5).size() + 30)));
  EXPECT_EQ(cut->size(), 5);
  EXPECT_THAT(cut->damaged(), ElementsAre(HasSubstr("record 5: the file ends within it")));
}

// A damaged label must not make classes that there are not.
TEST(TfRecords, ADamagedLabelIsNoNewClass) {
  const TestFolder folder;
  const std::string sound = records(6);
  int refused = 0;
  for (size_t byte = records(2).size(); byte < records(3).size(); ++byte) {
    std::string file = sound;
    file[byte] = static_cast<char>(file[byte] ^ 0x42);
    const auto source = open_source(folder.put("a.tfrecord", file));
    EXPECT_EQ(source->class_count(), 2) << byte;
    refused += source->damaged().empty() ? 0 : 1;
    int readable = 0;
    for (int64_t item = 0; item < source->size(); ++item) {
      try {
        readable += source->load(item, {4, 6}).empty() ? 0 : 1;
      } catch (const InputError&) {
      }
    }
    EXPECT_GE(readable, 2) << byte;
    EXPECT_LE(readable, 5) << byte;
  }
  EXPECT_GT(refused, 10);
}

TEST(TfRecords, AFileThatIsNoneIsLeftOutBesideSoundOnes) {
  const TestFolder folder;
  folder.put("a-00000-of-00002", records(4));
  folder.put("a-00001-of-00002", "no records but some words");
  const auto source = open_source(folder.path("a"));
  EXPECT_EQ(source->size(), 4);
  EXPECT_THAT(source->damaged(), ElementsAre(HasSubstr("a-00001-of-00002: is no TFRecord file")));
}

TEST(TfRecords, AllMayBeDescribed) {
  const TestFolder folder;
  const Description description = describe(*open_source(folder.put("a.tfrecord", records(6))));
  EXPECT_EQ(description.count, 6);
  EXPECT_EQ(description.largest, (ImageSize{4, 6}));
}

TEST(TfRecords, SayWhatIsWrong) {
  const TestFolder folder;
  const auto expect = [&](const std::string& content, const std::string& what, const std::string& more = "") {
    const std::string path = folder.put("a.tfrecord", content);
    EXPECT_THAT([&] { open_source(path + more); },
                ThrowsMessage<InputError>(AllOf(HasSubstr(folder.path()), HasSubstr(what))));
  };
  expect("", "holds no record");
  expect("\x1f\x8b\x08 and more bytes of gzip", "is compressed (GZIP); unpack it with gunzip");
  expect("{\"no\": \"records at all\"}", "is no TFRecord file, or damaged at its start");
  expect("short", "is no TFRecord file");
  expect(framed_record("no example"), "record 0: is no tf.Example");
  expect(framed_record(""), "has no feature 'image'");
  expect(records(4), "has no feature 'class', it has 'image', 'label'", "?label=class");
  expect(records(4), "the feature 'label' is no encoded picture", "?image=label");
  expect(records(4), "unknown option 'labels'; there are image, label, first", "?labels=label");
  expect(records(4), "first=one is no number", "?first=one");
  expect(records(1), "holds only one class");
  expect(labelled_record(png(1), -1), "the label -1 is no class; they go from 0 on");
  expect(labelled_record(png(1), 100'000), "the label 100000 is no class");
  folder.put("label.labels.txt", "cat\ndog\n");
  expect(labelled_record(png(1), 0) + labelled_record(png(1), 2), "names 2 classes, but there is a label 2");
  std::string endless = framed_record(
      tf_example({{"image", bytes_feature(png(1))}, {"label", bytes_feature(std::string(1000, 'a'))}}));
  expect(endless, "its class has an endless name");
}

}  // namespace
}  // namespace nudge::data
