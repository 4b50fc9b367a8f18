#include "nudge/data/class_numbers.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "nudge/base/error.h"

namespace nudge::data {

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

}  // namespace nudge::data
