#include "nudge/data/record_files.h"

#include <fmt/format.h>

#include <charconv>
#include <filesystem>
#include <map>
#include <optional>
#include <set>

#include "nudge/base/error.h"
#include "nudge/data/shard_files.h"

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
  std::vector<std::string> files = shard_files(path, is_record_file);
  std::error_code ignored;
  if (fs::is_directory(path, ignored)) check_complete(files);
  if (!files.empty() || fs::exists(path, ignored) || path.find('*') != std::string::npos) return files;
  // The name that shards share.
  const fs::path at(path);
  const fs::path folder = at.has_parent_path() ? at.parent_path() : fs::path(".");
  if (!fs::is_directory(folder, ignored)) return files;
  const std::string stem = at.filename().string();
  for (const std::string& file : shard_files(folder.string(), is_record_file)) {
    const auto shard = shard_of(fs::path(file).filename().string());
    if (shard && shard->stem == stem)
      files.push_back((at.parent_path() / fs::path(file).filename()).string());
  }
  check_complete(files);
  return files;
}

}  // namespace nudge::data
