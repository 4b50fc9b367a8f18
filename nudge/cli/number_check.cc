#include "nudge/cli/number_check.h"

#include <fmt/format.h>

#include <charconv>
#include <cmath>
#include <functional>
#include <optional>

#include "nudge/base/excerpt.h"

namespace nudge::cli {
namespace {

template <typename Number>
std::optional<Number> parsed(const std::string& text) {
  Number number{};
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

CLI::Validator validator(std::function<bool(const std::string&)> fits, const std::string& expected) {
  return {[fits = std::move(fits), expected](const std::string& text) {
            return fits(text) ? "" : in_quotes(text) + " must be " + expected;
          },
          ""};
}

}  // namespace

CLI::Validator positive_number() {
  return validator(
      [](const std::string& text) {
        const auto number = parsed<double>(text);
        return number && std::isfinite(*number) && *number > 0;
      },
      "a number above 0");
}

CLI::Validator number_within(double least, double most) {
  return validator(
      [=](const std::string& text) {
        const auto number = parsed<double>(text);
        return number && *number >= least && *number <= most;
      },
      fmt::format("a number from {} to {}", least, most));
}

CLI::Validator whole_number(int64_t least, int64_t most) {
  return validator(
      [=](const std::string& text) {
        const auto number = parsed<int64_t>(text);
        return number && *number >= least && *number <= most;
      },
      fmt::format("a whole number from {} to {}", least, most));
}

CLI::Validator seed_number() {
  return validator([](const std::string& text) { return parsed<uint64_t>(text).has_value(); },
                   "a whole number, 0 or more, of 64 bits");
}

}  // namespace nudge::cli
