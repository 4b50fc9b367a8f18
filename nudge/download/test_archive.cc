#include "nudge/download/test_archive.h"

#include <archive.h>

#include <memory>

namespace nudge::download {

std::string make_test_archive(const std::string& path, const std::vector<TestEntry>& entries) {
  const std::unique_ptr<archive, int (*)(archive*)> writer(archive_write_new(), archive_write_free);
  archive_write_add_filter_gzip(writer.get());
  archive_write_set_format_pax_restricted(writer.get());
  archive_write_open_filename(writer.get(), path.c_str());
  constexpr int kMode = 0755;
  for (const TestEntry& each : entries) {
    const std::unique_ptr<archive_entry, void (*)(archive_entry*)> entry(archive_entry_new(),
                                                                         archive_entry_free);
    archive_entry_set_pathname(entry.get(), each.name.c_str());
    archive_entry_set_filetype(entry.get(), each.type);
    archive_entry_set_perm(entry.get(), kMode);
    archive_entry_set_size(entry.get(), static_cast<la_int64_t>(each.content.size()));
    if (!each.link.empty()) archive_entry_set_symlink(entry.get(), each.link.c_str());
    if (!each.hard_link.empty()) archive_entry_set_hardlink(entry.get(), each.hard_link.c_str());
    archive_write_header(writer.get(), entry.get());
    archive_write_data(writer.get(), each.content.data(), each.content.size());
  }
  archive_write_close(writer.get());
  return path;
}

}  // namespace nudge::download
