#include "nudge/data/shard_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

namespace fs = std::filesystem;

constexpr uint64_t kMostFiles = 100'000;

bool matches(std::string_view pattern, std::string_view name) {
  size_t at = 0, star = std::string_view::npos, resumed = 0;
  size_t i = 0;
  while (i < name.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      resumed = i;
    } else if (at < pattern.size() && pattern[at] == name[i]) {
      ++at;
      ++i;
    } else if (star != std::string_view::npos) {
      at = star + 1;
      i = ++resumed;
    } else {
      return false;
    }
  }
  return pattern.find_first_not_of('*', at) == std::string_view::npos;
}

using Wanted = std::function<bool(const std::string& name)>;

std::vector<std::string> files_in(const fs::path& folder, const Wanted& wanted) {
  std::vector<std::string> files;
  std::error_code code, ignored;
  for (fs::directory_iterator it(folder.empty() ? "." : folder, code), end; !code && it != end;
       it.increment(code)) {
    const std::string name = it->path().filename().string();
    if (!name.starts_with('.') && wanted(name) && it->is_regular_file(ignored)) {
      files.push_back((folder / name).string());
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool read_number(std::string_view text, uint64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return !text.empty() && error == std::errc() && end == text.data() + text.size();
}

// The files of "x-{00..11}.y"; none where that is no range.
std::vector<std::string> range_files(const std::string& path) {
  const size_t open = path.find('{'), dots = path.find("..", open), close = path.find('}', open);
  std::vector<std::string> files;
  if (open == std::string::npos || dots == std::string::npos || close == std::string::npos || dots > close) {
    return files;
  }
  const std::string low = path.substr(open + 1, dots - open - 1);
  uint64_t from = 0, to = 0;
  if (!read_number(low, from) ||
      !read_number(std::string_view(path).substr(dots + 2, close - dots - 2), to)) {
    return files;
  }
  if (to < from || to - from >= kMostFiles) {
    throw InputError(fmt::format("{}: a range goes up, through {} files at most", path, kMostFiles));
  }
  for (uint64_t i = from; i <= to; ++i) {
    files.push_back(fmt::format("{}{:0{}}{}", path.substr(0, open), i, low.size(), path.substr(close + 1)));
    std::error_code ignored;
    if (!fs::is_regular_file(files.back(), ignored)) {
      throw InputError(fmt::format("{}: is missing of {}", files.back(), path));
    }
  }
  return files;
}

}  // namespace

std::vector<std::string> shard_files(const std::string& path, const Wanted& wanted) {
  std::error_code ignored;
  const fs::path at(path);
  const std::string name = at.filename().string();
  if (fs::is_regular_file(at, ignored)) {
    return wanted(name) ? std::vector<std::string>{path} : std::vector<std::string>{};
  }
  if (fs::is_directory(at, ignored)) return files_in(at, wanted);
  if (name.find('*') != std::string::npos) {
    return files_in(at.parent_path(),
                    [&](const std::string& file) { return wanted(file) && matches(name, file); });
  }
  return wanted(name) ? range_files(path) : std::vector<std::string>{};
}

}  // namespace nudge::data
