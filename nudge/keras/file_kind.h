// Which kind of model a file holds, told from its first bytes; or a folder, from its files.
#pragma once

#include <string>

namespace nudge::keras {

enum class FileKind { kKerasArchive, kKerasFolder, kLegacyH5, kTflite, kUnknown };

// Reads only the head of the file.  Throws InputError when it cannot be read.
FileKind file_kind(const std::string& path);

}  // namespace nudge::keras
