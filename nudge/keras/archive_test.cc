#include "nudge/keras/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge::keras {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::ThrowsMessage;

std::vector<std::byte> to_bytes(const std::string& text) {
  const auto bytes = std::as_bytes(std::span(text));
  return {bytes.begin(), bytes.end()};
}

std::vector<std::byte> small_archive() {
  const std::vector<ArchiveMember> members = {{"b.txt", to_bytes("second letter")}, {"a.txt", {}}};
  return make_archive(members, "test.keras");
}

TEST(Archive, KeepsMembersInOrder) {
  const ArchiveReader archive(small_archive(), "test.keras");
  EXPECT_THAT(archive.names(), ElementsAre("b.txt", "a.txt"));
  EXPECT_EQ(archive.read_text("b.txt"), "second letter");
  EXPECT_TRUE(archive.read("a.txt").empty());
  EXPECT_TRUE(archive.has("a.txt"));
  EXPECT_FALSE(archive.has("c.txt"));
}

TEST(Archive, SameMembersGiveSameBytes) { EXPECT_EQ(small_archive(), small_archive()); }

TEST(Archive, NamesAMissingMember) {
  const ArchiveReader archive(small_archive(), "test.keras");
  EXPECT_THAT([&] { archive.read("c.txt"); },
              ThrowsMessage<InputError>(HasSubstr("test.keras: c.txt: is missing")));
}

TEST(Archive, RefusesEveryTruncation) {
  const auto whole = small_archive();
  for (size_t size = 0; size < whole.size(); ++size) {
    SCOPED_TRACE(size);
    EXPECT_THROW(
        ArchiveReader({whole.begin(), whole.begin() + static_cast<std::ptrdiff_t>(size)}, "cut.keras"),
        InputError);
  }
}

TEST(Archive, FindsADamagedMemberByItsChecksum) {
  auto bytes = small_archive();
  const auto text = to_bytes("second");
  const auto found = std::search(bytes.begin(), bytes.end(), text.begin(), text.end());
  ASSERT_NE(found, bytes.end());
  *found ^= std::byte{1};
  const ArchiveReader archive(bytes, "test.keras");
  EXPECT_THAT([&] { archive.read("b.txt"); },
              ThrowsMessage<InputError>(HasSubstr("test.keras: b.txt: is damaged")));
}

TEST(Archive, RefusesAMemberThatUnpacksToFarMore) {
  const std::string path = testing::TempDir() + "nudge_bomb.zip";
  std::filesystem::remove(path);
  zip_t* zip = zip_open(path.c_str(), ZIP_CREATE, nullptr);
  ASSERT_NE(zip, nullptr);
  const std::vector<char> zeros(size_t{80} << 20, 0);
  zip_file_add(zip, "zeros", zip_source_buffer(zip, zeros.data(), zeros.size(), 0), 0);
  ASSERT_EQ(zip_close(zip), 0);
  const ArchiveReader archive(read_file(path), "bomb.keras");
  EXPECT_THAT([&] { archive.read("zeros"); },
              ThrowsMessage<InputError>(HasSubstr("bomb.keras: zeros: declares more data")));
}

}  // namespace
}  // namespace nudge::keras
