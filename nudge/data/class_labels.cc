#include "nudge/data/class_labels.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <sstream>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"
#include "nudge/base/file.h"

namespace nudge::data {
namespace {

constexpr size_t kLongestName = 200;

bool whole_number(const std::string& text, int64_t& value) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

int64_t count_classes(std::span<const int32_t> labels, const std::string& name, const std::string& advice) {
  const auto [least, most] = std::minmax_element(labels.begin(), labels.end());
  if (*least < 0 || *most >= kMostClasses) {
    throw InputError(
        fmt::format("{}: labels go from {} to {}; they must start at 0 and stay below {}; numbers "
                    "that are no classes are given as float32",
                    name, *least, *most, kMostClasses));
  }
  if (*least == 1 && std::set<int32_t>(labels.begin(), labels.end()).size() == static_cast<size_t>(*most)) {
    throw InputError(fmt::format("{}: labels go from 1 to {}, and none is 0; they must start at 0: {}", name,
                                 *most, advice));
  }
  if (*most == 0) throw InputError(name + ": holds only one class; at least two are needed");
  return int64_t{*most} + 1;
}

std::vector<std::string> numbered_classes(int64_t count) {
  std::vector<std::string> names;
  for (int64_t i = 0; i < count; ++i) names.push_back(std::to_string(i));
  return names;
}

ClassLabel label_from_text(std::string text) {
  constexpr const char* kBlanks = " \t\r\n";
  text.erase(0, std::min(text.find_first_not_of(kBlanks), text.size()));
  text.erase(text.find_last_not_of(kBlanks) + 1);
  int64_t number = 0;
  if (whole_number(text, number)) return number;
  return text;
}

ClassLabels::ClassLabels(const SourceSpec& spec) : spec_(spec) {
  const std::string first = spec.option("first", "0");
  if (!whole_number(first, first_))
    throw InputError(fmt::format("{}: first={} is no number", spec.text, first));
}

void ClassLabels::check(const ClassLabel& label, const std::string& where) const {
  const auto* text = std::get_if<std::string>(&label);
  if (!labels_.empty() && (text == nullptr) != texts_.empty()) {
    throw InputError(fmt::format("{}: its class is a {}, those of other items are not", where,
                                 text == nullptr ? "number" : "text"));
  }
  if (text != nullptr) {
    if (text->empty()) throw InputError(where + ": its class has no name");
    if (text->size() > kLongestName) throw InputError(where + ": its class has an endless name");
    return;
  }
  const int64_t number = std::get<int64_t>(label);
  // By way of unsigned numbers, which cannot overflow.
  const auto index = static_cast<uint64_t>(number) - static_cast<uint64_t>(first_);
  if (number >= first_ && index < static_cast<uint64_t>(kMostClasses)) return;
  throw InputError(fmt::format("{}: the label {} is no class; they go from {} on", where, number, first_));
}

bool ClassLabels::knows(const ClassLabel& label) const {
  if (const auto* text = std::get_if<std::string>(&label)) return texts_.contains(*text);
  return numbers_.contains(static_cast<int32_t>(std::get<int64_t>(label) - first_));
}

void ClassLabels::add(const ClassLabel& label) {
  if (const auto* text = std::get_if<std::string>(&label)) {
    labels_.push_back(texts_.emplace(*text, static_cast<int32_t>(texts_.size())).first->second);
    return;
  }
  labels_.push_back(static_cast<int32_t>(std::get<int64_t>(label) - first_));
  numbers_.insert(labels_.back());
}

ClassLabels::Classes ClassLabels::finish(const std::string& names_file) {
  if (texts_.empty()) return {numbered(names_file), std::move(labels_)};
  std::vector<std::string> names;
  std::vector<int32_t> index(texts_.size());
  for (const auto& [name, met] : texts_) {
    index[static_cast<size_t>(met)] = static_cast<int32_t>(names.size());
    names.push_back(name);
  }
  if (names.size() < 2) throw InputError(spec_.text + ": holds only one class, " + in_quotes(names.front()));
  for (int32_t& label : labels_) label = index[static_cast<size_t>(label)];
  return {std::move(names), std::move(labels_)};
}

std::vector<std::string> ClassLabels::numbered(const std::string& names_file) const {
  std::error_code ignored;
  if (names_file.empty() || !std::filesystem::is_regular_file(names_file, ignored)) {
    return numbered_classes(
        count_classes(labels_, spec_.text, "the option first=1 says so: " + spec_.path + "?first=1"));
  }
  std::vector<std::string> names;
  std::istringstream lines(read_text_file(names_file));
  for (std::string line; std::getline(lines, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) names.push_back(line);
  }
  const int32_t most = *numbers_.rbegin();
  if (std::ssize(names) > most && names.size() > 1) return names;
  throw InputError(
      fmt::format("{}: names {} classes, but there is a label {}", names_file, names.size(), most));
}

}  // namespace nudge::data
