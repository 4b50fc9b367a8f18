// Hashes of files, as they are published beside downloads.
#pragma once

#include <string>

namespace nudge::download {

// The hash of the file's bytes in lower-case hexadecimal digits.  Throws InputError when it cannot be read.
std::string md5_of_file(const std::string& path);
std::string sha256_of_file(const std::string& path);

// Whether the file has this hash: 32 digits are MD5, 64 are SHA-256, as Keras tells them apart.  Throws
// ValueError on a hash of another length.
bool has_hash(const std::string& path, const std::string& hash);

}  // namespace nudge::download
