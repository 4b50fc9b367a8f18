#include "nudge/data/split.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <filesystem>
#include <map>

#include "nudge/base/error.h"
#include "nudge/base/log.h"
#include "nudge/base/random.h"
#include "nudge/data/source.h"

namespace nudge::data {
namespace {

constexpr Split kParts[] = {Split::kTrain, Split::kValidation, Split::kTest};

// The items of one class, part by part.
using Parts = std::array<std::vector<size_t>, 3>;

std::vector<size_t>& part(Parts& parts, Split split) { return parts[static_cast<size_t>(split)]; }

void fill_empty_parts(Parts& parts, const std::vector<std::string>& names, std::vector<Split>& splits) {
  if (parts[0].size() + parts[1].size() + parts[2].size() < 3) return;
  for (const Split wanted : kParts) {
    if (!part(parts, wanted).empty()) continue;
    const auto most = std::max_element(parts.begin(), parts.end(),
                                       [](const auto& a, const auto& b) { return a.size() < b.size(); });
    const auto lowest = std::min_element(most->begin(), most->end(), [&](size_t a, size_t b) {
      return stable_hash(names[a]) < stable_hash(names[b]);
    });
    splits[*lowest] = wanted;
    part(parts, wanted).push_back(*lowest);
    most->erase(lowest);
  }
}

// The first word of the file's name that names a part.
std::optional<Split> split_in_name(const std::string& path) {
  std::string word;
  for (const char c : std::filesystem::path(path).filename().string() + ".") {
    if (std::isalnum(static_cast<unsigned char>(c)) != 0) {
      word += c;
      continue;
    }
    if (word == "train") return Split::kTrain;
    if (word == "validation" || word == "val") return Split::kValidation;
    if (word == "test" || word == "t10k") return Split::kTest;
    word.clear();
  }
  return std::nullopt;
}

}  // namespace

std::string to_string(Split split) {
  switch (split) {
    case Split::kTrain:
      return "train";
    case Split::kValidation:
      return "validation";
    case Split::kTest:
      return "test";
    case Split::kAll:
      break;
  }
  return "all";
}

Split split_from_string(const std::string& word) {
  for (const Split split : {Split::kTrain, Split::kValidation, Split::kTest, Split::kAll}) {
    if (word == to_string(split)) return split;
  }
  throw ValueError("unknown split '" + word + "': use train, validation, test or all");
}

Split split_of(const std::string& item_name) {
  const uint64_t tenth = stable_hash(item_name) % 10;
  if (tenth < 8) return Split::kTrain;
  return tenth == 8 ? Split::kValidation : Split::kTest;
}

std::vector<Split> balanced_splits(const std::vector<std::string>& item_names,
                                   const std::vector<int32_t>& labels) {
  std::vector<Split> splits;
  std::map<int32_t, Parts> classes;
  for (size_t i = 0; i < item_names.size(); ++i) {
    splits.push_back(split_of(item_names[i]));
    part(classes[labels.at(i)], splits.back()).push_back(i);
  }
  for (auto& [label, parts] : classes) fill_empty_parts(parts, item_names, splits);
  return splits;
}

std::optional<std::vector<Split>> splits_by_file_name(const std::vector<std::string>& paths) {
  std::vector<Split> splits;
  std::string without;
  for (const std::string& path : paths) {
    if (const auto split = split_in_name(path)) {
      splits.push_back(*split);
    } else {
      without = path;
    }
  }
  const auto has = [&](Split split) { return std::ranges::find(splits, split) != splits.end(); };
  if (!has(Split::kTrain) || !(has(Split::kValidation) || has(Split::kTest))) return std::nullopt;
  if (without.empty()) return splits;
  throw InputError(without + ": the name says neither train nor validation nor test, as those beside it do");
}

void warn_of_missing(const Source& source, bool given) {
  if (source.class_names().empty()) return;
  constexpr size_t kNamed = 5;
  std::string what;
  for (const Split split : {Split::kValidation, Split::kTest}) {
    std::vector<bool> has(source.class_names().size(), false);
    for (const int64_t item : source.items(split)) has[static_cast<size_t>(source.label(item))] = true;
    std::vector<std::string> without;
    for (size_t c = 0; c < has.size(); ++c) {
      if (!has[c]) without.push_back(source.class_names()[c]);
    }
    if (without.empty() || (given && without.size() == has.size())) continue;
    const size_t more = without.size() - std::min(without.size(), kNamed);
    without.resize(without.size() - more);
    what += fmt::format("{}no {} images of {}{}", what.empty() ? "" : ", ", to_string(split),
                        fmt::join(without, ", "), more == 0 ? "" : fmt::format(" and {} more classes", more));
  }
  if (!what.empty()) log_warning(fmt::format("{}: {}; add some, or use --split all", source.spec(), what));
}

}  // namespace nudge::data
