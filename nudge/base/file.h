// Reading whole files, and writing them so that a reader never sees half of one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <vector>

namespace nudge {

// The whole file; throws InputError naming the path and the cause.
std::vector<std::byte> read_file(const std::string& path);
std::string read_text_file(const std::string& path);

// Writes to a temporary file beside `path` and renames it, so that `path` is either what it was or
// the whole new content, also after a kill; a link is followed, a device (/dev/stdout, a pipe) is written to.
// Throws OutputError.
void write_file(const std::string& path, std::span<const std::byte> bytes);
void write_file(const std::string& path, const std::string& text);

// The same for a library that insists on writing a path itself: `write` is given the temporary path,
// which is renamed when it returns and removed when it throws.  Devices are refused.
void write_file_with(const std::string& path, const std::function<void(const std::string&)>& write);

// Makes a folder and its parents; throws OutputError.
void make_folder(const std::string& path);

// Throws OutputError now if `path` could not be written later: call it before hours of training.
void check_writable(const std::string& path);

}  // namespace nudge
