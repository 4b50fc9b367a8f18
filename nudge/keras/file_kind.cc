#include "nudge/keras/file_kind.h"

#include <array>
#include <filesystem>
#include <fstream>
#include <string_view>

#include "nudge/base/error.h"
#include "nudge/keras/archive_members.h"

namespace nudge::keras {

FileKind file_kind(const std::string& path) {
  if (std::filesystem::is_directory(path)) {
    if (std::filesystem::is_regular_file(std::filesystem::path(path) / kConfig))
      return FileKind::kKerasFolder;
    throw InputError(path + ": is a folder without config.json; a model file, or an unpacked one, is needed");
  }
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) throw_input_errno(path, "cannot be read");
  std::array<char, 8> bytes{};
  file.read(bytes.data(), bytes.size());
  const std::string_view head(bytes.data(), static_cast<size_t>(file.gcount()));
  if (head.starts_with("PK\x03\x04")) return FileKind::kKerasArchive;
  if (head == "\x89HDF\r\n\x1a\n") return FileKind::kLegacyH5;
  // A FlatBuffer starts with an offset; its file identifier follows.
  if (head.size() == 8 && head.substr(4) == "TFL3") return FileKind::kTflite;
  return FileKind::kUnknown;
}

}  // namespace nudge::keras
