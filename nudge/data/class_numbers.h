// Classes that are said by numbers: from 0, or counted otherwise and refused.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace nudge::data {

// A guard against labels that are really measurements.
inline constexpr int64_t kMostClasses = 100'000;

// How many classes there are: the largest number and one.  Throws InputError, starting with `name`, unless
// the numbers start at 0, stay below kMostClasses and tell two classes apart; `advice` says what to do about
// ones that start at 1.
int64_t count_classes(std::span<const int32_t> labels, const std::string& name,
                      const std::string& advice = "take 1 away");

// "0", "1", ...
std::vector<std::string> numbered_classes(int64_t count);

}  // namespace nudge::data
