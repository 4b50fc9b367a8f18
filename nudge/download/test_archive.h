// Archives as a test wants them, also such as nobody should unpack.
#pragma once

#include <archive_entry.h>

#include <string>
#include <vector>

namespace nudge::download {

struct TestEntry {
  std::string name;
  std::string content;
  unsigned type = AE_IFREG;
  std::string link;       // where a symbolic link leads
  std::string hard_link;  // what a hard link is of
};

// Writes a .tar.gz and returns its path.
std::string make_test_archive(const std::string& path, const std::vector<TestEntry>& entries);

}  // namespace nudge::download
