#include "nudge/deploy/zip_behind.h"

#include <gtest/gtest.h>

#include <cstdint>

#include "nudge/base/error.h"

namespace nudge::deploy {
namespace {

uint32_t number_at(const std::vector<std::byte>& bytes, size_t at, int count) {
  uint32_t value = 0;
  for (int i = 0; i < count; ++i)
    value |= static_cast<uint32_t>(bytes.at(at + static_cast<size_t>(i))) << (8 * i);
  return value;
}

std::string text_at(const std::vector<std::byte>& bytes, size_t at, size_t size) {
  return {reinterpret_cast<const char*>(bytes.data()) + at, size};
}

TEST(ZipBehind, IsFoundFromItsEnd) {
  std::vector<std::byte> bytes(1001);
  append_zip(bytes, {{"labels.txt", "123456789"}, {"empty", ""}});
  const size_t end = bytes.size() - 22;
  ASSERT_EQ(number_at(bytes, end, 4), 0x06054b50u);
  ASSERT_EQ(number_at(bytes, end + 10, 2), 2u) << "files";
  size_t entry = number_at(bytes, end + 16, 4);
  EXPECT_EQ(entry + number_at(bytes, end + 12, 4), end) << "the directory ends where the end begins";
  ASSERT_EQ(number_at(bytes, entry, 4), 0x02014b50u);
  EXPECT_EQ(number_at(bytes, entry + 10, 2), 0u) << "stored";
  EXPECT_EQ(number_at(bytes, entry + 16, 4), 0xcbf43926u) << "the checksum that the algorithm is known by";
  EXPECT_EQ(number_at(bytes, entry + 24, 4), 9u);
  EXPECT_EQ(text_at(bytes, entry + 46, 10), "labels.txt");
  const size_t local = number_at(bytes, entry + 42, 4);
  EXPECT_EQ(local, 1001u) << "offsets count from the first byte of all";
  EXPECT_EQ(number_at(bytes, local, 4), 0x04034b50u);
  EXPECT_EQ(text_at(bytes, local + 30 + 10, 9), "123456789");
  entry += 46 + 10;
  ASSERT_EQ(number_at(bytes, entry, 4), 0x02014b50u);
  EXPECT_EQ(number_at(bytes, entry + 16, 4), 0u);
  EXPECT_EQ(text_at(bytes, entry + 46, 5), "empty");
}

TEST(ZipBehind, IsCopiedBehindOtherBytes) {
  const std::vector<ZippedFile> files{{"labels.txt", "123456789"}, {"empty", ""}};
  for (const size_t before : {0u, 5u, 1001u, 3000u}) {
    std::vector<std::byte> from(before), to(1001), expected(1001);
    append_zip(from, files);
    append_zip(expected, files);
    copy_zip(from, to, "file");
    EXPECT_EQ(to, expected);
  }
  std::vector<std::byte> from(10), none;
  std::vector<std::byte> archive;
  append_zip(archive, files);
  from.insert(from.end(), archive.begin(),
              archive.end());  // offsets that count from the archive's first byte
  std::vector<std::byte> to(1001), expected(1001);
  append_zip(expected, files);
  copy_zip(from, to, "file");
  EXPECT_EQ(to, expected);
  copy_zip(std::vector<std::byte>(100), none, "file");
  EXPECT_TRUE(none.empty());
}

TEST(ZipBehind, ADamagedOneIsRefusedOrCopied) {
  std::vector<std::byte> whole(100);
  append_zip(whole, {{"labels.txt", "123456789"}, {"empty", ""}});
  size_t refused = 0;
  for (size_t at = 100; at < whole.size(); ++at) {
    for (const int value : {0, 1, 127, 255}) {
      std::vector<std::byte> damaged = whole, to(50);
      damaged[at] = static_cast<std::byte>(value);
      try {
        copy_zip(damaged, to, "f.tflite");
        EXPECT_LE(to.size(), 50 + whole.size());
      } catch (const InputError& error) {
        EXPECT_STREQ(error.what(), "f.tflite: the zip archive behind the model is damaged");
        ++refused;
      }
    }
  }
  EXPECT_GT(refused, 10u);
}

TEST(ZipBehind, AFileNeedsAName) {
  std::vector<std::byte> bytes;
  EXPECT_THROW(append_zip(bytes, {{"", "text"}}), ValueError);
  EXPECT_THROW(append_zip(bytes, {{std::string(70000, 'a'), "text"}}), ValueError);
  EXPECT_TRUE(bytes.empty());
}

}  // namespace
}  // namespace nudge::deploy
