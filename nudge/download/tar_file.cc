#include "nudge/download/tar_file.h"

#include <archive.h>
#include <archive_entry.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <memory>
#include <span>

#include "nudge/base/descriptor.h"
#include "nudge/base/error.h"

namespace nudge::download {
namespace {

constexpr uint64_t kLargest = uint64_t{256} << 20;
constexpr uint64_t kSmall = 4096;

using Reader = std::unique_ptr<archive, int (*)(archive*)>;

[[noreturn]] void damaged(archive* reader, const std::string& path) {
  const char* why = archive_error_string(reader);
  throw InputError(
      fmt::format("{}: is no .tar, or a damaged one: {}", path, why == nullptr ? "it ends early" : why));
}

Reader open_at(const Descriptor& file, const std::string& path, uint64_t offset) {
  if (file.get() < 0 || ::lseek(file.get(), static_cast<off_t>(offset), SEEK_SET) < 0)
    throw_input_errno(path, "cannot be read");
  Reader reader(archive_read_new(), archive_read_free);
  if (reader == nullptr) throw UnsupportedError("libarchive cannot be started");
  archive_read_support_format_tar(reader.get());
  constexpr size_t kBlock = size_t{1} << 15;
  if (archive_read_open_fd(reader.get(), file.get(), kBlock) != ARCHIVE_OK) damaged(reader.get(), path);
  return reader;
}

std::string name_of(archive_entry* entry) {
  const char* name = archive_entry_pathname(entry);
  return name == nullptr ? "" : name;
}

void read_all(archive* reader, const std::string& path, std::span<std::byte> to) {
  while (!to.empty()) {
    const la_ssize_t got = archive_read_data(reader, to.data(), to.size());
    if (got <= 0) damaged(reader, path);
    to = to.subspan(static_cast<size_t>(got));
  }
}

}  // namespace

void walk_tar(const std::string& path,
              const std::function<void(const TarEntry& entry, const ReadContent& content)>& take) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const Reader reader = open_at(file, path, 0);
  archive_entry* entry = nullptr;
  for (;;) {
    const int code = archive_read_next_header(reader.get(), &entry);
    if (code == ARCHIVE_EOF) return;
    if (code != ARCHIVE_OK && code != ARCHIVE_WARN) damaged(reader.get(), path);
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) != nullptr) continue;
    const TarEntry found{name_of(entry), static_cast<uint64_t>(archive_read_header_position(reader.get())),
                         static_cast<uint64_t>(archive_entry_size(entry))};
    take(found, [&] {
      if (found.size > kSmall)
        throw InputError(fmt::format("{}: {} is longer than it may be", path, found.name));
      std::string content(found.size, '\0');
      read_all(reader.get(), path, std::as_writable_bytes(std::span(content)));
      return content;
    });
  }
}

std::vector<std::byte> read_tar_entry(const std::string& path, const TarEntry& wanted) {
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  const Reader reader = open_at(file, path, wanted.offset);
  archive_entry* entry = nullptr;
  const int code = archive_read_next_header(reader.get(), &entry);
  if (code != ARCHIVE_OK && code != ARCHIVE_WARN) damaged(reader.get(), path);
  if (name_of(entry) != wanted.name || static_cast<uint64_t>(archive_entry_size(entry)) != wanted.size) {
    throw InputError(path + ": was changed since it was opened");
  }
  if (wanted.size > kLargest) throw InputError(fmt::format("{}: {} is too large", path, wanted.name));
  std::vector<std::byte> bytes(wanted.size);
  read_all(reader.get(), path, bytes);
  return bytes;
}

}  // namespace nudge::download
