#include "nudge/download/tar_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/base/test_folder.h"
#include "nudge/download/test_archive.h"
#include "nudge/download/test_tar.h"

namespace nudge::download {
namespace {

using testing::HasSubstr;
using testing::ThrowsMessage;

TEST(TarFile, EntriesAreReadFromTheirPlaces) {
  for (const char* format : {"ustar", "gnutar", "pax"}) {
    SCOPED_TRACE(format);
    const nudge::TestFolder folder;
    const std::string path = folder.path("a.tar");
    const TestFiles files{{"b/", ""}, {"b/1.txt", "one"}, {"../2.txt", std::string(2000, '2')}, {"3", ""}};
    write_tar(path, files, format);
    std::vector<TarEntry> entries;
    walk_tar(path, [&](const TarEntry& entry, const ReadContent& content) {
      entries.push_back(entry);
      if (entry.name == "b/1.txt") {
        EXPECT_EQ(content(), "one");
      }
    });
    ASSERT_EQ(entries.size(), 3u);
    for (size_t i = entries.size(); i-- > 0;) {
      const std::vector<std::byte> bytes = read_tar_entry(path, entries[i]);
      EXPECT_EQ(entries[i].name, files[i + 1].first);
      EXPECT_EQ(std::string(reinterpret_cast<const char*>(bytes.data()), bytes.size()), files[i + 1].second);
    }
    // Nothing was written where a name would lead.
    EXPECT_FALSE(std::filesystem::exists(folder.path("../2.txt")));
  }
}

TEST(TarFile, WhatIsNoneIsRefused) {
  const nudge::TestFolder folder;
  const auto walk = [](const std::string& path) {
    walk_tar(path, [](const TarEntry&, const ReadContent&) {});
  };
  make_test_archive(folder.path("a.tar"), {{.name = "a", .content = "text"}});
  EXPECT_THAT([&] { walk(folder.path("a.tar")); },
              ThrowsMessage<InputError>(HasSubstr("a.tar: is no .tar, or a damaged one")));
  EXPECT_THAT([&] { walk(folder.path("none.tar")); }, ThrowsMessage<InputError>(HasSubstr("No such file")));
}

}  // namespace
}  // namespace nudge::download
