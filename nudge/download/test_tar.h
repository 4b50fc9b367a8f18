// .tar files made for tests, in each of the ways that programs write them.
#pragma once

#include <archive.h>
#include <archive_entry.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace nudge::download {

using TestFiles = std::vector<std::pair<std::string, std::string>>;

// `format`: "ustar", "gnutar", "pax".  Throws nothing; a file that cannot be written fails the test that
// reads it.
inline void write_tar(const std::string& path, const TestFiles& files, const char* format = "ustar") {
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_set_format_by_name(writer.get(), format);
  archive_write_open_filename(writer.get(), path.c_str());
  constexpr int kMode = 0644;
  for (const auto& [name, content] : files) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    archive_entry_set_pathname(entry.get(), name.c_str());
    archive_entry_set_filetype(entry.get(), name.ends_with('/') ? AE_IFDIR : AE_IFREG);
    archive_entry_set_perm(entry.get(), kMode);
    archive_entry_set_mtime(entry.get(), 1'700'000'000, 123'456'789);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(content.size()));
    archive_write_header(writer.get(), entry.get());
    archive_write_data(writer.get(), content.data(), content.size());
  }
  archive_write_close(writer.get());
}

}  // namespace nudge::download
