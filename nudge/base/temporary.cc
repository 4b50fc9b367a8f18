#include "nudge/base/temporary.h"

#include <signal.h>  // NOLINT(modernize-deprecated-headers): kill() is POSIX's
#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <filesystem>
#include <mutex>
#include <set>
#include <string_view>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/base/file.h"

namespace nudge {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kMark = ".nudge-tmp";

// Never destroyed: a signal may come while the program ends.
struct Names {
  std::mutex mutex;
  std::multiset<std::string> paths;
};

Names& names() {
  static Names& names = *new Names;
  return names;
}

std::string marked(const std::string& path) { return path + std::string(kMark) + std::to_string(::getpid()); }

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

Temporary::Temporary(const std::string& path) : path_(marked(path)) {
  const std::lock_guard lock(names().mutex);
  names().paths.insert(path_);
}

Temporary::~Temporary() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
  const std::lock_guard lock(names().mutex);
  names().paths.erase(names().paths.find(path_));
}

void remove_temporaries() {
  const std::lock_guard lock(names().mutex);
  for (const std::string& path : names().paths) {
    // Under another name nothing is added to a folder while it is removed.
    std::error_code ignored;
    fs::rename(path, marked(path), ignored);
    fs::remove_all(marked(path), ignored);
  }
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
  const Temporary temporary(target);
  try {
    make_folder(temporary.path());
    write(temporary.path());
    // An empty folder is replaced, another one is not.
    fs::rename(temporary.path(), target, code);
    if (code) move_files(temporary.path(), target);
  } catch (const fs::filesystem_error& error) {
    throw OutputError(path + ": folder cannot be written: " + error.code().message());
  }
}

}  // namespace nudge
