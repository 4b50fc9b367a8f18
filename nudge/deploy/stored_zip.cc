#include "nudge/deploy/stored_zip.h"

#include <zlib.h>

#include <cstdint>

#include "nudge/base/error.h"

namespace nudge::deploy {
namespace {

constexpr uint32_t kLocalMark = 0x04034b50, kCentralMark = 0x02014b50, kEndMark = 0x06054b50;
constexpr uint16_t kVersion = 20, kUtf8Names = 1 << 11;
constexpr uint16_t kFirstDay = (0 << 9) | (1 << 5) | 1;  // of 1980: the same model gives the same bytes
constexpr size_t kMostBytes = UINT32_MAX, kMostFiles = UINT16_MAX;

class Zip {
 public:
  explicit Zip(std::vector<std::byte>& bytes) : bytes_(bytes) {}

  void add(const ZippedFile& file) {
    const auto* content = reinterpret_cast<const Bytef*>(file.content.data());
    const Entry entry{
        .file = &file,
        .checksum = static_cast<uint32_t>(crc32_z(crc32_z(0, nullptr, 0), content, file.content.size())),
        .offset = static_cast<uint32_t>(bytes_.size())};
    word(kLocalMark);
    describe(entry);
    text(file.name);
    text(file.content);
    entries_.push_back(entry);
  }

  void finish() {
    const size_t start = bytes_.size();
    for (const Entry& entry : entries_) {
      word(kCentralMark);
      half(kVersion);
      describe(entry);
      half(0);  // comment
      half(0);  // disk
      half(0);  // attributes
      word(0);
      word(entry.offset);
      text(entry.file->name);
    }
    const size_t size = bytes_.size() - start;
    word(kEndMark);
    half(0);
    half(0);
    half(static_cast<uint16_t>(entries_.size()));
    half(static_cast<uint16_t>(entries_.size()));
    word(static_cast<uint32_t>(size));
    word(static_cast<uint32_t>(start));
    half(0);
  }

 private:
  struct Entry {
    const ZippedFile* file;
    uint32_t checksum;
    uint32_t offset;
  };

  // What both headers of a file say.
  void describe(const Entry& entry) {
    half(kVersion);
    half(kUtf8Names);
    half(0);  // stored
    half(0);  // midnight
    half(kFirstDay);
    word(entry.checksum);
    word(static_cast<uint32_t>(entry.file->content.size()));
    word(static_cast<uint32_t>(entry.file->content.size()));
    half(static_cast<uint16_t>(entry.file->name.size()));
    half(0);  // extra
  }

  void half(uint16_t value) { number(value, 2); }
  void word(uint32_t value) { number(value, 4); }
  void number(uint32_t value, int count) {
    for (int i = 0; i < count; ++i) bytes_.push_back(static_cast<std::byte>(value >> (8 * i) & 255));
  }
  void text(const std::string& value) {
    const auto* first = reinterpret_cast<const std::byte*>(value.data());
    bytes_.insert(bytes_.end(), first, first + value.size());
  }

  std::vector<std::byte>& bytes_;
  std::vector<Entry> entries_;
};

}  // namespace

void append_zip(std::vector<std::byte>& bytes, const std::vector<ZippedFile>& files) {
  size_t total = bytes.size();
  for (const ZippedFile& file : files) {
    total += file.content.size() + 2 * file.name.size() + 76;
    if (file.name.empty() || file.name.size() > UINT16_MAX)
      throw ValueError("a zipped file needs a short name");
  }
  if (total + 22 > kMostBytes || files.size() > kMostFiles) {
    throw ValueError("a zip archive behind a model holds 4 GiB and 65535 files");
  }
  Zip zip(bytes);
  for (const ZippedFile& file : files) zip.add(file);
  zip.finish();
}

}  // namespace nudge::deploy
