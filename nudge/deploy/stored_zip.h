// A zip archive behind other bytes: how TFLite Metadata carries files within a .tflite file.
#pragma once

#include <cstddef>
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

}  // namespace nudge::deploy
