// A zip archive behind other bytes: how TFLite Metadata carries files within a .tflite file.
#pragma once

#include <cstddef>
#include <span>
#include <string>
#include <vector>

namespace nudge::deploy {

struct ZippedFile {
  std::string name;
  std::string content;
};

// Appends the files, stored without compression.  Offsets count from the first of `bytes`, as for a file that
// an archive was appended to.  Throws ValueError where the format cannot hold them (4 GiB).
void append_zip(std::vector<std::byte>& bytes, const std::vector<ZippedFile>& files);

// Appends the archive that lies behind other bytes at the end of `from`, as it is; nothing where there is
// none. Throws InputError, naming `where`, on one that is damaged.
void copy_zip(std::span<const std::byte> from, std::vector<std::byte>& to, const std::string& where);

}  // namespace nudge::deploy
