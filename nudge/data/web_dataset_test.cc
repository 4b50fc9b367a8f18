#include "nudge/data/web_dataset.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/data/loader.h"
#include "nudge/data/test_folder.h"
#include "nudge/download/tar_file.h"
#include "nudge/download/test_tar.h"

namespace nudge::data {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::string png(int level) {
  return encode_png(Array::full<uint8_t>({4, 6, 3}, static_cast<uint8_t>(level)));
}

// Items "set/000", ... of classes 0 and 1 by turns, with pictures of the level of their number.
download::TestFiles items(int count, int first = 0) {
  download::TestFiles files;
  for (int i = first; i < first + count; ++i) {
    files.emplace_back(fmt::format("set/{:03}.png", i), png(i));
    files.emplace_back(fmt::format("set/{:03}.cls", i), fmt::format("{}\n", i % 2));
    files.emplace_back(fmt::format("set/{:03}.json", i), "{}");
  }
  return files;
}

TEST(WebDataset, IsReadHoweverItWasWritten) {
  for (const char* format : {"ustar", "gnutar", "pax"}) {
    SCOPED_TRACE(format);
    const TestFolder folder;
    download::TestFiles files = items(5);
    files.insert(files.begin(), {"set/", ""});
    if (format != std::string("ustar")) {
      const std::string key = "set/" + std::string(180, 'k');
      files.emplace_back(key + ".cls", "1");
      files.emplace_back(key + ".png", png(5));
    }
    download::write_tar(folder.path("a.tar"), files, format);
    const auto source = open_source(folder.path("a.tar"));
    ASSERT_EQ(source->size(), format == std::string("ustar") ? 5 : 6);
    EXPECT_THAT(source->class_names(), ElementsAre("0", "1"));
    for (int64_t item = source->size(); item-- > 0;) {
      EXPECT_EQ(source->label(item), item % 2);
      EXPECT_EQ(source->load(item, {4, 6}).data<uint8_t>()[0], item);
      EXPECT_EQ(source->stored_size(item), (ImageSize{4, 6}));
    }
    EXPECT_EQ(source->item_name(1), "a.tar: set/001.png");
  }
}

TEST(WebDataset, ComesInShards) {
  const TestFolder folder;
  download::write_tar(folder.path("train-000.tar"), items(6));
  download::write_tar(folder.path("train-001.tar"), items(4, 6));
  download::write_tar(folder.path("val-000.tar"), items(3, 10));
  const auto source = open_source(folder.path());
  EXPECT_EQ(source->items(Split::kTrain).size(), 10u);
  EXPECT_EQ(source->items(Split::kValidation).size(), 3u);
  EXPECT_EQ(open_source(folder.path("train-*.tar"))->size(), 10);
  EXPECT_EQ(open_source(folder.path("train-{000..001}.tar"))->size(), 10);
  EXPECT_THAT([&] { open_source(folder.path("train-{000..002}.tar")); },
              ThrowsMessage<InputError>(HasSubstr("train-002.tar: is missing of")));
}

TEST(WebDataset, EndingsAreGivenAndTextsAreClasses) {
  const TestFolder folder;
  download::write_tar(folder.path("a.tar"), {{"1.seg.png", png(9)},
                                             {"1.jpg.png", png(1)},
                                             {"1.txt", "daisy"},
                                             {"2.seg.png", png(9)},
                                             {"2.jpg.png", png(2)},
                                             {"2.txt", " rose "}});
  const auto source = open_source(folder.path("a.tar?image=jpg.png&label=txt"));
  EXPECT_THAT(source->class_names(), ElementsAre("daisy", "rose"));
  EXPECT_EQ(source->load(1, {4, 6}).data<uint8_t>()[0], 2);
  EXPECT_THAT([&] { open_source(folder.path("a.tar?label=class")); },
              ThrowsMessage<InputError>(HasSubstr("a.tar: 1: has no .class beside it")));
}

TEST(WebDataset, WhatIsDamagedIsLeftOutAndNamed) {
  const TestFolder folder;
  download::TestFiles files = items(6);
  files[3 * 2 + 1].second = "no number";
  files[3 * 3].second = "no picture";
  files.erase(files.begin() + 3 * 4);
  download::write_tar(folder.path("a.tar"), files);
  const auto source = open_source(folder.path("a.tar"));
  EXPECT_EQ(source->size(), 4);
  EXPECT_THAT(source->damaged(),
              ElementsAre(HasSubstr("a.tar: set/002: its class is a text"),
                          HasSubstr("a.tar: set/004: has a .cls, but no picture beside it")));
  LoaderOptions options{
      .split = Split::kAll, .size = {4, 6}, .batch = 4, .shuffle = false, .skip_damaged = true};
  Loader loader(source, options);
  EXPECT_THAT(loader.next().items, ElementsAre(0, 1, 3));
  EXPECT_THAT(loader.damaged(), ElementsAre(HasSubstr("a.tar: set/003.png: is no JPEG")));
}

TEST(WebDataset, WhatIsBehindADamagedHeaderIsLeftOut) {
  const TestFolder folder;
  download::write_tar(folder.path("a.tar"), items(8));
  const std::vector<std::byte> sound = read_file(folder.path("a.tar"));
  for (const size_t header : {size_t{3 * 2 * 4 * 512}, size_t{3 * 2 * 6 * 512}}) {
    std::vector<std::byte> bytes = sound;
    bytes[header + 150] ^= std::byte{4};  // of the checksum
    write_file(folder.path("a.tar"), bytes);
    const auto source = open_source(folder.path("a.tar"));
    EXPECT_LT(source->size(), 8);
    EXPECT_GE(source->size(), 3);
    EXPECT_THAT(source->damaged(), testing::Contains(HasSubstr("what is behind that is left out")));
    for (int64_t item = 0; item < source->size(); ++item) EXPECT_FALSE(source->load(item, {4, 6}).empty());
  }
  write_file(folder.path("a.tar"), std::span(sound).first(sound.size() / 2));
  EXPECT_FALSE(open_source(folder.path("a.tar"))->damaged().empty());
}

TEST(WebDataset, SaysWhatIsWrong) {
  const TestFolder folder;
  const auto expect = [&](const std::string& what) {
    EXPECT_THAT([&] { open_source(folder.path("a.tar")); },
                ThrowsMessage<InputError>(AllOf(HasSubstr("a.tar"), HasSubstr(what))));
  };
  folder.put("a.tar", "no archive at all");
  expect("is no .tar, or a damaged one");
  download::write_tar(folder.path("a.tar"), {{"readme", "hello"}});
  expect("holds no pictures with classes");
  download::write_tar(folder.path("a.tar"), {{"1.png", png(1)}, {"1.cls", "0"}});
  expect("holds only one class");
  download::write_tar(folder.path("a.tar"), {{"1.png", png(1)}, {"1.cls", std::string(5000, '1')}});
  expect("1.cls is longer than it may be");
}

TEST(TarFile, AnArchiveThatWasChangedIsNoticed) {
  const TestFolder folder;
  download::write_tar(folder.path("a.tar"), items(3));
  const auto source = open_source(folder.path("a.tar"));
  download::write_tar(folder.path("a.tar"), items(3, 5));
  EXPECT_THAT(
      [&] {
        source->load(1, {4, 6});
      },
      ThrowsMessage<InputError>(HasSubstr("a.tar: was changed since it was opened")));
}

}  // namespace
}  // namespace nudge::data
