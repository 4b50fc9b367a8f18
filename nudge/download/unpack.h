// Unpacking an archive that nobody vouches for.
#pragma once

#include <cstdint>
#include <string>

namespace nudge::download {

struct UnpackOptions {
  std::string root;                       // the folder in the archive that becomes the target; empty: its top
  int64_t max_entries = 1'000'000;        // more are refused
  int64_t max_bytes = int64_t{16} << 30;  // unpacked, all together; more are refused
};

// Unpacks a .tar or .tar.gz into `folder`, which appears whole or not at all; nothing is done where it is
// there already.  Only files and folders are taken: a path that leaves the folder, a link or a device is
// refused, and with it the archive.  Throws InputError naming the archive and the entry, OutputError.
void unpack_archive(const std::string& archive, const std::string& folder, const UnpackOptions& options = {});

}  // namespace nudge::download
