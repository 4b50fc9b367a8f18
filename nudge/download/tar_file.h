// Files within a .tar that is not compressed, each read from its place when it is asked for.  Their names are
// never paths of this machine.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace nudge::download {

struct TarEntry {
  std::string name;
  uint64_t offset = 0;  // of its header in the archive
  uint64_t size = 0;
};

// Calls `take` for each plain file, in the archive's order; `content` reads it whole, where it is small.
// Throws InputError where the archive is none, is compressed, or is damaged: what was taken before stands.
using ReadContent = std::function<std::string()>;
void walk_tar(const std::string& path,
              const std::function<void(const TarEntry& entry, const ReadContent& content)>& take);

// The entry's bytes.  Throws InputError where the archive was changed since, or is damaged there.
std::vector<std::byte> read_tar_entry(const std::string& path, const TarEntry& entry);

}  // namespace nudge::download
