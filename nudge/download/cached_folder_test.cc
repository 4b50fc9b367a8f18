#include "nudge/download/cached_folder.h"

#include <gmock/gmock.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/download/hash.h"
#include "nudge/download/test_archive.h"
#include "nudge/download/test_folder.h"
#include "nudge/download/test_server.h"

namespace nudge::download {
namespace {

namespace fs = std::filesystem;

TEST(CachedFolder, IsDownloadedAndUnpackedOnce) {
  const TestFolder folder;
  const TestKerasHome home(folder.path("keras"));
  const std::string made = make_test_archive(folder.path("made.tgz"), {{"photos/roses/1.jpg", "red"}});
  const std::string body = read_text_file(made);
  const TestServer server([&](const TestRequest& request) { return ranged(request, body); });
  const PublishedArchive archive{.url = server.url("/photos.tgz"),
                                 .hash = sha256_of_file(made),
                                 .bytes = static_cast<int64_t>(body.size()),
                                 .name = "photos"};
  for (int i = 0; i < 2; ++i) {
    const std::string found = cached_folder(archive);
    EXPECT_EQ(found, folder.path("keras/datasets/photos"));
    EXPECT_EQ(read_text_file(found + "/roses/1.jpg"), "red");
  }
  EXPECT_EQ(server.requests(), 1);
}

TEST(CachedFolder, IsFoundWhereverKerasUnpackedIt) {
  const PublishedArchive archive{.url = "https://nowhere.invalid/x.tgz", .name = "photos"};
  for (const char* place : {"photos", "photos/photos", "photos_extracted/photos"}) {
    const TestFolder folder;
    const TestKerasHome home(folder.path());
    const std::string there = folder.path("datasets/" + std::string(place));
    make_folder(there + "/roses");
    EXPECT_EQ(cached_folder(archive), there);
  }
}

TEST(CachedFolder, IsNotMadeOfAnArchiveThatIsUnsafe) {
  const TestFolder folder;
  const TestKerasHome home(folder.path());
  make_folder(folder.path("datasets"));
  make_test_archive(folder.path("datasets/photos.tgz"), {{"photos/a", "x"}, {"photos/../../b", "x"}});
  EXPECT_THROW(cached_folder({.url = "https://nowhere.invalid/x.tgz", .bytes = 1000, .name = "photos"}),
               InputError);
  EXPECT_FALSE(fs::exists(folder.path("datasets/photos")));
}

}  // namespace
}  // namespace nudge::download
