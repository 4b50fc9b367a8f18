#include "nudge/keras/archive.h"

#include <zip.h>

#include <algorithm>

#include "nudge/base/error.h"

namespace nudge::keras {
namespace {

// Deflate reaches about 1000 to 1 on zeros; weights and JSON stay far below this, and Keras compresses
// nothing.
constexpr uint64_t kMaxExpansion = 8;
constexpr uint64_t kAlwaysAllowed = uint64_t{16} << 20;
// Keras writes three, and one for each file that a layer brings along.
constexpr size_t kMaxMembers = 10'000;
// Midnight of 1 January 1980, the first time that zip can write.
constexpr uint16_t kEarliestDosDate = (1 << 5) | 1;

class ZipError {
 public:
  ZipError() { zip_error_init(&error_); }
  ~ZipError() { zip_error_fini(&error_); }
  ZipError(const ZipError&) = delete;
  ZipError& operator=(const ZipError&) = delete;
  zip_error_t* get() { return &error_; }
  std::string text() { return zip_error_strerror(&error_); }

 private:
  zip_error_t error_;
};

bool leaves_the_archive(const std::string& name) {
  if (name.starts_with('/') || name.find('\\') != std::string::npos) return true;
  return ("/" + name + "/").find("/../") != std::string::npos;
}

void check_names(std::vector<std::string> names, const std::string& where) {
  if (names.size() > kMaxMembers) {
    throw InputError(where + ": has " + std::to_string(names.size()) + " members, no model has so many");
  }
  std::sort(names.begin(), names.end());
  const auto twice = std::adjacent_find(names.begin(), names.end());
  if (twice != names.end()) throw InputError(where + ": " + *twice + ": is there twice");
  const auto outside = std::find_if(names.begin(), names.end(), leaves_the_archive);
  if (outside != names.end())
    throw InputError(where + ": " + *outside + ": names a place outside the archive");
}

struct FileCloser {
  void operator()(zip_file_t* file) const { zip_fclose(file); }
};

}  // namespace

struct ArchiveReader::Zip {
  ~Zip() {
    if (handle != nullptr) zip_discard(handle);
  }
  zip_t* handle = nullptr;
};

ArchiveReader::ArchiveReader(std::vector<std::byte> bytes, std::string where)
    : bytes_(std::move(bytes)), where_(std::move(where)), zip_(std::make_unique<Zip>()) {
  // libzip takes no bytes at all for an archive of no members.
  if (bytes_.empty()) throw InputError(where_ + ": is empty, a zip archive is needed");
  ZipError error;
  zip_source_t* source = zip_source_buffer_create(bytes_.data(), bytes_.size(), /*freep=*/0, error.get());
  if (source != nullptr) zip_->handle = zip_open_from_source(source, ZIP_RDONLY, error.get());
  if (zip_->handle == nullptr) {
    if (source != nullptr) zip_source_free(source);
    throw InputError(where_ + ": is no whole zip archive (" + error.text() + "); was it cut short?");
  }
  check_names(names(), where_);
}

ArchiveReader::~ArchiveReader() = default;

std::vector<std::string> ArchiveReader::names() const {
  std::vector<std::string> names;
  const zip_int64_t count = zip_get_num_entries(zip_->handle, 0);
  for (zip_int64_t i = 0; i < count; ++i) {
    const char* name = zip_get_name(zip_->handle, static_cast<zip_uint64_t>(i), 0);
    if (name != nullptr) names.emplace_back(name);
  }
  return names;
}

bool ArchiveReader::has(const std::string& name) const {
  return zip_name_locate(zip_->handle, name.c_str(), 0) >= 0;
}

std::vector<std::byte> ArchiveReader::read(const std::string& name, uint64_t limit) const {
  const std::string here = where_ + ": " + name;
  const zip_int64_t index = zip_name_locate(zip_->handle, name.c_str(), 0);
  if (index < 0) throw InputError(here + ": is missing from the archive");
  zip_stat_t status;
  constexpr zip_uint64_t kNeeded = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE;
  if (zip_stat_index(zip_->handle, static_cast<zip_uint64_t>(index), 0, &status) != 0 ||
      (status.valid & kNeeded) != kNeeded) {
    throw InputError(here + ": its size is not given");
  }
  if (limit == 0) limit = kAlwaysAllowed + kMaxExpansion * bytes_.size();
  if (status.comp_size > bytes_.size() || status.size > limit) {
    throw InputError(here + ": declares " + std::to_string(status.size) + " bytes, at most " +
                     std::to_string(limit) + " are needed");
  }
  const std::unique_ptr<zip_file_t, FileCloser> file(
      zip_fopen_index(zip_->handle, static_cast<zip_uint64_t>(index), 0));
  if (file == nullptr) throw InputError(here + ": cannot be read (" + zip_strerror(zip_->handle) + ")");
  std::vector<std::byte> content(status.size);
  const zip_int64_t got = zip_fread(file.get(), content.data(), content.size());
  // The checksum is verified on reaching the end, so one more read is needed.
  std::byte beyond;
  const zip_int64_t rest = got < 0 ? -1 : zip_fread(file.get(), &beyond, 1);
  if (got != static_cast<zip_int64_t>(content.size()) || rest != 0) {
    throw InputError(here + ": is damaged (" + zip_file_strerror(file.get()) + ")");
  }
  return content;
}

std::vector<std::byte> make_archive(std::span<const ArchiveMember> members, const std::string& where) {
  ZipError error;
  zip_source_t* target = zip_source_buffer_create(nullptr, 0, /*freep=*/0, error.get());
  if (target == nullptr) throw OutputError(where + ": archive cannot be made: " + error.text());
  // zip_close() frees the source, which still holds the result.
  zip_source_keep(target);
  const std::unique_ptr<zip_source_t, decltype(&zip_source_free)> keep(target, zip_source_free);
  zip_t* zip = zip_open_from_source(target, ZIP_TRUNCATE, error.get());
  if (zip == nullptr) {
    zip_source_free(target);
    throw OutputError(where + ": archive cannot be made: " + error.text());
  }
  for (const ArchiveMember& member : members) {
    zip_source_t* source = zip_source_buffer(zip, member.bytes.data(), member.bytes.size(), /*freep=*/0);
    const zip_int64_t index =
        source == nullptr ? -1 : zip_file_add(zip, member.name.c_str(), source, ZIP_FL_ENC_UTF_8);
    if (index < 0 || zip_set_file_compression(zip, static_cast<zip_uint64_t>(index), ZIP_CM_STORE, 0) != 0 ||
        zip_file_set_dostime(zip, static_cast<zip_uint64_t>(index), 0, kEarliestDosDate, 0) != 0) {
      if (index < 0 && source != nullptr) zip_source_free(source);
      const std::string text = zip_strerror(zip);
      zip_discard(zip);
      throw OutputError(where + ": " + member.name + ": cannot be added to the archive: " + text);
    }
  }
  if (zip_close(zip) != 0) {
    const std::string text = zip_strerror(zip);
    zip_discard(zip);
    throw OutputError(where + ": archive cannot be made: " + text);
  }
  zip_stat_t status;
  zip_stat_init(&status);
  if (zip_source_stat(target, &status) != 0 || zip_source_open(target) != 0) {
    throw OutputError(where + ": archive cannot be made");
  }
  std::vector<std::byte> bytes(status.size);
  const zip_int64_t got = zip_source_read(target, bytes.data(), bytes.size());
  zip_source_close(target);
  if (got != static_cast<zip_int64_t>(bytes.size())) throw OutputError(where + ": archive cannot be made");
  return bytes;
}

}  // namespace nudge::keras
