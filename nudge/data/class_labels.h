// The classes of a data set whose items say theirs by numbers or by texts.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <span>
#include <string>
#include <variant>
#include <vector>

#include "nudge/data/source_spec.h"

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

// What an item says.
using ClassLabel = std::variant<int64_t, std::string>;

// A whole number as such, anything else as a text; blanks around it do not count.
ClassLabel label_from_text(std::string text);

// Gathers the labels of items, in their order.
class ClassLabels {
 public:
  // The spec's option first=N is the number of the first class (0).  Throws InputError.
  explicit ClassLabels(const SourceSpec& spec);

  // Throws InputError, starting with `where`, for what is no class, or a text among numbers.
  void check(const ClassLabel& label, const std::string& where) const;
  // Whether an item before said the same.
  bool knows(const ClassLabel& label) const;
  void add(const ClassLabel& label);

  struct Classes {
    std::vector<std::string> names;
    std::vector<int32_t> labels;  // of the items, indices into the names
  };
  // Texts are the sorted names; numbers are named by the lines of `names_file`, where there is one, or
  // themselves.  Throws InputError where that leaves less than two classes.
  Classes finish(const std::string& names_file = "");

 private:
  std::vector<std::string> numbered(const std::string& names_file) const;

  SourceSpec spec_;
  int64_t first_ = 0;
  std::vector<int32_t> labels_;
  std::map<std::string, int32_t> texts_;  // in the order they were met
  std::set<int32_t> numbers_;
};

}  // namespace nudge::data
