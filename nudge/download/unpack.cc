#include "nudge/download/unpack.h"

#include <archive.h>
#include <archive_entry.h>
#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <memory>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge::download {
namespace {

namespace fs = std::filesystem;
using Reader = std::unique_ptr<archive, int (*)(archive*)>;

[[noreturn]] void refuse(const std::string& where, const std::string& why) {
  throw InputError(where + ": " + why + "; nothing was unpacked");
}

Reader open_archive(const std::string& path) {
  Reader reader(archive_read_new(), archive_read_free);
  if (reader == nullptr) throw UnsupportedError("libarchive cannot be started");
  archive_read_support_filter_gzip(reader.get());
  archive_read_support_format_tar(reader.get());
  constexpr size_t kBlock = size_t{1} << 16;
  if (archive_read_open_filename(reader.get(), path.c_str(), kBlock) != ARCHIVE_OK) {
    refuse(path, fmt::format("is no .tar or .tar.gz, or damaged: {}", archive_error_string(reader.get())));
  }
  return reader;
}

// The entry's path below the target, every part of it checked.
fs::path safe_path(const std::string& where, const std::string& name) {
  const fs::path path(name);
  if (name.empty() || path.is_absolute()) refuse(where, "'" + name + "' leaves the folder");
  fs::path safe;
  for (const fs::path& part : path) {
    if (part == "..") refuse(where, "'" + name + "' leaves the folder");
    if (!part.empty() && part != ".") safe /= part;
  }
  return safe;
}

class Unpacking {
 public:
  Unpacking(const std::string& archive, const std::string& aside, const UnpackOptions& options)
      : where_(archive), aside_(aside), options_(options), reader_(open_archive(archive)) {}

  void run() {
    archive_entry* entry = nullptr;
    int64_t count = 0;
    for (;;) {
      const int code = archive_read_next_header(reader_.get(), &entry);
      if (code == ARCHIVE_EOF) break;
      if (code != ARCHIVE_OK) damaged();
      if (++count > options_.max_entries) {
        refuse(where_, fmt::format("holds more than {} entries", options_.max_entries));
      }
      take(entry);
    }
  }

 private:
  [[noreturn]] void damaged() const {
    const char* why = archive_error_string(reader_.get());
    refuse(where_, fmt::format("is damaged: {}", why == nullptr ? "it ends early" : why));
  }

  void take(archive_entry* entry) {
    const char* stored = archive_entry_pathname(entry);
    const std::string name = stored == nullptr ? "" : stored;
    const fs::path to = aside_ / safe_path(where_, name);
    if (archive_entry_hardlink(entry) != nullptr) refuse(where_, "'" + name + "' is a link");
    switch (archive_entry_filetype(entry)) {
      case AE_IFDIR:
        return make_folder(to.string());
      case AE_IFREG:
        return write(to, name);
      case AE_IFLNK:
        refuse(where_, "'" + name + "' is a link");
      default:
        refuse(where_, "'" + name + "' is neither a file nor a folder");
    }
  }

  void write(const fs::path& to, const std::string& name) {
    if (fs::exists(to)) refuse(where_, "'" + name + "' is there twice");
    make_folder(to.parent_path().string());
    errno = 0;
    std::ofstream file(to, std::ios::binary);
    if (!file) throw_output_errno(to.string(), "cannot be written");
    const void* bytes = nullptr;
    size_t size = 0;
    la_int64_t offset = 0;
    for (;;) {
      const int code = archive_read_data_block(reader_.get(), &bytes, &size, &offset);
      if (code == ARCHIVE_EOF) break;
      if (code != ARCHIVE_OK) damaged();
      total_ += static_cast<int64_t>(size);
      // A hole in a sparse file takes no bytes of the archive, but does count.
      if (total_ > options_.max_bytes || offset > options_.max_bytes) {
        refuse(where_, fmt::format("unpacks to more than {} bytes", options_.max_bytes));
      }
      file.seekp(offset);
      file.write(static_cast<const char*>(bytes), static_cast<std::streamsize>(size));
    }
    file.close();
    if (!file) throw_output_errno(to.string(), "cannot be written");
  }

  std::string where_;
  fs::path aside_;
  const UnpackOptions& options_;
  Reader reader_;
  int64_t total_ = 0;
};

}  // namespace

void unpack_archive(const std::string& archive, const std::string& folder, const UnpackOptions& options) {
  if (fs::exists(folder)) return;
  const std::string aside = fmt::format("{}.unpack{}", folder, ::getpid());
  std::error_code code;
  fs::remove_all(aside, code);
  make_folder(aside);
  try {
    Unpacking(archive, aside, options).run();
    const fs::path from = fs::path(aside) / options.root;
    if (!fs::is_directory(from)) refuse(archive, "has no folder '" + options.root + "'");
    fs::rename(from, folder, code);
    // Where another process was faster, its folder is as good.
    if (code && !fs::is_directory(folder)) {
      throw OutputError(folder + ": cannot be written: " + code.message());
    }
  } catch (...) {
    fs::remove_all(aside, code);
    throw;
  }
  fs::remove_all(aside, code);
}

}  // namespace nudge::download
