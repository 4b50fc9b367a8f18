#include "nudge/deploy/zip_behind.h"

#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <optional>

#include "nudge/base/error.h"

namespace nudge::deploy {
namespace {

constexpr uint32_t kLocalMark = 0x04034b50, kCentralMark = 0x02014b50, kEndMark = 0x06054b50;
constexpr uint16_t kVersion = 20, kUtf8Names = 1 << 11;
constexpr uint16_t kFirstDay = (0 << 9) | (1 << 5) | 1;  // of 1980: the same model gives the same bytes
constexpr size_t kMostBytes = UINT32_MAX, kMostFiles = UINT16_MAX;
constexpr size_t kCentralBytes = 46, kEndBytes = 22;  // of the headers without their texts

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

// Reads numbers of an archive that somebody else has written, and writes them anew.
class ZipBytes {
 public:
  ZipBytes(std::vector<std::byte> bytes, std::string where)
      : bytes_(std::move(bytes)), where_(std::move(where)) {}

  size_t size() const { return bytes_.size(); }
  const std::vector<std::byte>& bytes() const { return bytes_; }
  [[noreturn]] void fail() const {
    throw InputError(where_ + ": the zip archive behind the model is damaged");
  }

  uint64_t number(size_t at, size_t count) const {
    if (at > size() || count > size() - at) fail();
    uint64_t value = 0;
    for (size_t i = 0; i < count; ++i) value |= std::to_integer<uint64_t>(bytes_[at + i]) << (8 * i);
    return value;
  }
  void set_word(size_t at, uint64_t value) {
    if (value > kMostBytes) fail();
    for (size_t i = 0; i < 4; ++i) bytes_.at(at + i) = static_cast<std::byte>(value >> (8 * i) & 255);
  }

 private:
  std::vector<std::byte> bytes_;
  std::string where_;
};

// Where the end of an archive begins, behind which only its comment may follow.
std::optional<size_t> find_end(const ZipBytes& zip) {
  for (size_t comment = 0; comment <= UINT16_MAX && comment + kEndBytes <= zip.size(); ++comment) {
    const size_t end = zip.size() - comment - kEndBytes;
    if (zip.number(end, 4) == kEndMark && zip.number(end + 20, 2) == comment) return end;
  }
  return std::nullopt;
}

}  // namespace

void append_zip(std::vector<std::byte>& bytes, const std::vector<ZippedFile>& files) {
  size_t total = bytes.size();
  for (const ZippedFile& file : files) {
    total += file.content.size() + 2 * file.name.size() + 30 + kCentralBytes;
    if (file.name.empty() || file.name.size() > UINT16_MAX)
      throw ValueError("a zipped file needs a short name");
  }
  if (total + kEndBytes > kMostBytes || files.size() > kMostFiles) {
    throw ValueError("a zip archive behind a model holds 4 GiB and 65535 files");
  }
  Zip zip(bytes);
  for (const ZippedFile& file : files) zip.add(file);
  zip.finish();
}

void copy_zip(std::span<const std::byte> from, std::vector<std::byte>& to, const std::string& where) {
  ZipBytes zip({from.begin(), from.end()}, where);
  const std::optional<size_t> end = find_end(zip);
  if (!end) return;
  const uint64_t files = zip.number(*end + 10, 2), size = zip.number(*end + 12, 4),
                 directory = zip.number(*end + 16, 4);
  if (size > *end || directory > *end - size) zip.fail();
  const uint64_t base = *end - size - directory;  // what offsets count from
  uint64_t start = *end - size;
  std::vector<size_t> offsets;
  size_t entry = start;
  for (uint64_t i = 0; i < files; ++i) {
    if (zip.number(entry, 4) != kCentralMark) zip.fail();
    offsets.push_back(entry + 42);
    start = std::min(start, base + zip.number(entry + 42, 4));
    entry +=
        kCentralBytes + zip.number(entry + 28, 2) + zip.number(entry + 30, 2) + zip.number(entry + 32, 2);
  }
  const uint64_t moved = base - start + to.size();  // modulo 2^64, as all that it is added to
  for (const size_t offset : offsets) zip.set_word(offset, zip.number(offset, 4) + moved);
  zip.set_word(*end + 16, directory + moved);
  to.insert(to.end(), zip.bytes().begin() + static_cast<std::ptrdiff_t>(start), zip.bytes().end());
}

}  // namespace nudge::deploy
