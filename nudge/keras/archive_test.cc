#include "nudge/keras/archive.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <zip.h>

#include <algorithm>
#include <array>
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
              ThrowsMessage<InputError>(HasSubstr("bomb.keras: zeros: declares 83886080 bytes")));
}

TEST(Archive, RefusesAMemberLargerThanItsUse) {
  const ArchiveReader archive(small_archive(), "test.keras");
  EXPECT_EQ(archive.read("b.txt", 13).size(), 13U);
  EXPECT_THAT([&] { archive.read("b.txt", 12); },
              ThrowsMessage<InputError>(HasSubstr("declares 13 bytes, at most 12 are needed")));
}

// What a member holds is never more than what it declares.
TEST(Archive, RefusesAMemberThatHoldsMoreThanItDeclares) {
  auto bytes = small_archive();
  // The uncompressed size, after 22 bytes of the local header and 24 of the central one.
  const std::array<std::byte, 4> local{std::byte{'P'}, std::byte{'K'}, std::byte{3}, std::byte{4}};
  const std::array<std::byte, 4> central{std::byte{'P'}, std::byte{'K'}, std::byte{1}, std::byte{2}};
  const auto first = std::search(bytes.begin(), bytes.end(), local.begin(), local.end());
  const auto listed = std::search(bytes.begin(), bytes.end(), central.begin(), central.end());
  ASSERT_EQ(first[22], std::byte{13});
  ASSERT_EQ(listed[24], std::byte{13});
  first[22] = listed[24] = std::byte{5};
  EXPECT_THROW(ArchiveReader(bytes, "test.keras").read("b.txt"), InputError);
}

TEST(Archive, RefusesNamesThatAreTakenTwiceOrLeadOutside) {
  const auto refused = [](const std::vector<std::string>& names, const std::string& why) {
    std::vector<ArchiveMember> members;
    for (const std::string& name : names) members.push_back({name, to_bytes("x")});
    auto bytes = make_archive(members, "made");
    // libzip makes no two members of one name: rename one behind its back.
    const auto other = to_bytes("other.json"), taken = to_bytes("taken.json");
    for (auto at = bytes.begin();
         (at = std::search(at, bytes.end(), other.begin(), other.end())) != bytes.end();) {
      std::copy(taken.begin(), taken.end(), at);
    }
    EXPECT_THAT([&] { ArchiveReader(bytes, "bad.keras"); }, ThrowsMessage<InputError>(HasSubstr(why)));
  };
  refused({"taken.json", "other.json"}, "bad.keras: taken.json: is there twice");
  for (const char* name : {"../x", "a/../../x", "/etc/passwd", "a/..", "..\\x"}) {
    refused({"config.json", name}, "names a place outside the archive");
  }
}

}  // namespace
}  // namespace nudge::keras
