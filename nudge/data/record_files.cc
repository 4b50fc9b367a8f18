#include "nudge/data/record_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "nudge/base/error.h"

namespace nudge::data {
namespace {

namespace fs = std::filesystem;

// What stands before "-00000-of-00004", and the numbers.
struct Shard {
  std::string stem;
  uint64_t index = 0, count = 0;
};

std::optional<uint64_t> digits(std::string_view text) {
  uint64_t value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  if (text.size() < 5 || error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return value;
}

std::optional<Shard> shard_of(const std::string& path) {
  const size_t of = path.rfind("-of-");
  const size_t dash = of == std::string::npos || of == 0 ? of : path.rfind('-', of - 1);
  if (of == std::string::npos || dash == std::string::npos || dash >= of) return std::nullopt;
  const auto index = digits(std::string_view(path).substr(dash + 1, of - dash - 1));
  const auto count = digits(std::string_view(path).substr(of + 4));
  if (!index || !count || *index >= *count) return std::nullopt;
  return Shard{path.substr(0, dash), *index, *count};
}

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

template <typename Wanted>
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

void check_complete(const std::vector<std::string>& files) {
  std::map<std::pair<std::string, uint64_t>, std::set<uint64_t>> sets;
  for (const std::string& file : files) {
    if (const auto shard = shard_of(file)) sets[{shard->stem, shard->count}].insert(shard->index);
  }
  for (const auto& [set, indices] : sets) {
    const auto& [stem, count] = set;
    if (indices.size() == count) continue;
    uint64_t missing = 0;
    while (indices.contains(missing)) ++missing;
    throw InputError(
        fmt::format("{0}-{1:05}-of-{2:05}: is missing, {3} of {2} shards are there; name those that "
                    "are meant by a pattern such as '{0}-*'",
                    stem, missing, count, indices.size()));
  }
}

}  // namespace

bool is_record_file(const std::string& path) {
  const std::string name = fs::path(path).filename().string();
  return name.find(".tfrecord") != std::string::npos || shard_of(name).has_value();
}

std::vector<std::string> record_files(const std::string& path) {
  std::error_code ignored;
  const fs::path at(path);
  if (fs::is_regular_file(at, ignored)) {
    return is_record_file(path) ? std::vector<std::string>{path} : std::vector<std::string>{};
  }
  std::vector<std::string> files;
  if (fs::is_directory(at, ignored)) {
    files = files_in(at, is_record_file);
  } else if (path.find('*') != std::string::npos) {
    return files_in(at.parent_path(), [&](const std::string& name) {
      return is_record_file(name) && matches(at.filename().string(), name);
    });
  } else {
    const std::string stem = at.filename().string();
    files = files_in(at.parent_path(), [&](const std::string& name) {
      const auto shard = shard_of(name);
      return shard && shard->stem == stem;
    });
  }
  check_complete(files);
  return files;
}

}  // namespace nudge::data
