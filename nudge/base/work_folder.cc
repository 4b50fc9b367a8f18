#include "nudge/base/work_folder.h"

#include <unistd.h>

#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge {

namespace fs = std::filesystem;

WorkFolder::WorkFolder(const std::string& parent) {
  make_folder(parent);
  path_ = (fs::path(parent) / ".nudge_work_XXXXXX").string();
  if (::mkdtemp(path_.data()) == nullptr) throw_output_errno(parent, "no folder can be made in it");
}

WorkFolder::~WorkFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

void WorkFolder::clear() const {
  for (const auto& entry : fs::directory_iterator(path_)) fs::remove_all(entry.path());
}

}  // namespace nudge
