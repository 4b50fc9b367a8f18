#include "nudge/base/temporary.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <string_view>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".nudge-tmp";

// Whether a process that is gone has left this.
bool is_leftover(const std::string& name) {
  const size_t at = name.rfind(kMark);
  if (at == std::string::npos) return false;
  const std::string_view number = std::string_view(name).substr(at + kMark.size());
  pid_t process = 0;
  const auto [end, error] = std::from_chars(number.data(), number.data() + number.size(), process);
  if (error != std::errc() || end != number.data() + number.size() || process <= 0) return false;
  return ::kill(process, 0) != 0 && errno == ESRCH;
}

// The files below `from`, each under its name below `to`.
void move_files(const fs::path& from, const fs::path& to) {
  std::vector<fs::path> files;
  for (const fs::directory_entry& entry : fs::recursive_directory_iterator(from)) {
    if (entry.is_regular_file()) files.push_back(entry.path());
  }
  for (const fs::path& file : files) {
    const fs::path target = to / file.lexically_relative(from);
    fs::create_directories(target.parent_path());
    fs::rename(file, target);
  }
  fs::remove_all(from);
}

}  // namespace

std::string temporary_beside(const std::string& path) {
  return path + std::string(kMark) + std::to_string(::getpid());
}

void remove_leftovers(const std::string& path) {
  const fs::path folder = fs::path(path).has_parent_path() ? fs::path(path).parent_path() : fs::path(".");
  std::error_code code;
  for (fs::directory_iterator entry(folder, code), end; !code && entry != end; entry.increment(code)) {
    std::error_code ignored;
    if (is_leftover(entry->path().filename().string())) fs::remove_all(entry->path(), ignored);
  }
}

void write_folder_with(const std::string& path, const std::function<void(const std::string&)>& write) {
  std::string target = path;
  while (target.size() > 1 && target.ends_with('/')) target.pop_back();
  std::error_code code;
  if (fs::exists(target, code)) {
    if (!fs::is_directory(target, code)) throw OutputError(path + ": is a file, a folder is needed");
    target = fs::canonical(target, code).string();
  }
  remove_leftovers(target);
  const std::string temporary = temporary_beside(target);
  try {
    make_folder(temporary);
    write(temporary);
    // An empty folder is replaced, another one is not.
    fs::rename(temporary, target, code);
    if (code) move_files(temporary, target);
  } catch (const fs::filesystem_error& error) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw OutputError(path + ": folder cannot be written: " + error.code().message());
  } catch (...) {
    std::error_code ignored;
    fs::remove_all(temporary, ignored);
    throw;
  }
}

}  // namespace nudge
