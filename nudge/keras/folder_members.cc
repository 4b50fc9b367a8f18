#include "nudge/keras/folder_members.h"

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge::keras {

namespace fs = std::filesystem;

bool FolderMembers::has(const std::string& name) const {
  return fs::is_regular_file(fs::path(folder_) / name);
}

std::vector<std::byte> FolderMembers::read(const std::string& name, uint64_t limit) const {
  const std::string here = folder_ + ": " + name;
  if (!has(name)) throw InputError(here + ": is missing from the folder");
  const fs::path path = fs::path(folder_) / name;
  const uint64_t size = fs::file_size(path);
  if (limit != 0 && size > limit) {
    throw InputError(here + ": has " + std::to_string(size) + " bytes, at most " + std::to_string(limit) +
                     " are needed");
  }
  return read_file(path);
}

}  // namespace nudge::keras
