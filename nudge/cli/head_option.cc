#include "nudge/cli/head_option.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <CLI/CLI.hpp>
#include <charconv>
#include <sstream>

#include "nudge/base/error.h"

namespace nudge::cli {
namespace {

constexpr const char* kDense = "dense";
constexpr size_t kMostHidden = 100;

[[noreturn]] void wrong(const std::string& what) { throw CLI::ValidationError("--head", what); }

int64_t units_of(const std::string& word) {
  int64_t units = 0;
  const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), units);
  if (error != std::errc() || end != word.data() + word.size() || units < 1 || units > 1000000) {
    wrong("'" + word + "' is not a number of units");
  }
  return units;
}

}  // namespace

train::HeadOptions head_from(const std::string& text, int64_t classes) {
  train::HeadOptions options{.classes = classes};
  const size_t colon = text.find(':');
  if (text.substr(0, colon) != kDense) {
    wrong("'" + text + "' is not dense or dense:UNITS,ACTIVATION,... such as dense:100,relu");
  }
  if (colon == std::string::npos) return options;
  std::istringstream words(text.substr(colon + 1));
  for (std::string word; std::getline(words, word, ',');) {
    const bool number = word.find_first_not_of("0123456789") == std::string::npos;
    if (number || options.hidden.empty()) {
      if (options.hidden.size() == kMostHidden) wrong(fmt::format("over {} hidden layers", kMostHidden));
      options.hidden.push_back({.units = units_of(word)});
      continue;
    }
    try {
      options.hidden.back().activation = layers::activation_from_string(word);
    } catch (const UnsupportedError& error) {
      wrong(error.what());
    }
  }
  if (options.hidden.empty()) wrong("'" + text + "' names no layer; dense alone has no hidden one");
  return options;
}

std::string describe(const train::HeadReplacement& head) {
  const std::string added = fmt::format("head: {}", fmt::join(head.added, ", "));
  if (head.removed.empty()) return added;
  return fmt::format("{} in place of {}", added, fmt::join(head.removed, ", "));
}

}  // namespace nudge::cli
