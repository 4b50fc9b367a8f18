#include "nudge/data/source_spec.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"

namespace nudge::data {

std::string SourceSpec::option(const std::string& key, const std::string& fallback) const {
  const auto found = options.find(key);
  return found == options.end() ? fallback : found->second;
}

void SourceSpec::check_options(const std::vector<std::string>& known) const {
  for (const auto& [key, value] : options) {
    if (std::ranges::find(known, key) != known.end()) continue;
    throw InputError(fmt::format(
        "{}: unknown option {}; {}", text, in_quotes(key),
        known.empty() ? "such a source takes none" : fmt::format("there are {}", fmt::join(known, ", "))));
  }
}

SourceSpec parse_source_spec(const std::string& text) {
  const size_t mark = text.rfind('?');
  std::error_code ignored;
  if (mark == std::string::npos || std::filesystem::exists(text, ignored)) return {text, text, {}};
  SourceSpec spec{text, text.substr(0, mark), {}};
  for (size_t at = mark + 1; at <= text.size();) {
    const size_t end = std::min(text.find('&', at), text.size());
    const std::string pair = text.substr(at, end - at);
    const size_t equals = pair.find('=');
    if (equals == 0 || equals == std::string::npos || equals + 1 == pair.size()) {
      throw InputError(fmt::format("{}: {} is not KEY=VALUE; options are written PATH?KEY=VALUE&KEY=VALUE",
                                   text, in_quotes(pair)));
    }
    if (!spec.options.emplace(pair.substr(0, equals), pair.substr(equals + 1)).second) {
      throw InputError(
          fmt::format("{}: the option {} is given twice", text, in_quotes(pair.substr(0, equals))));
    }
    at = end + 1;
  }
  return spec;
}

}  // namespace nudge::data
