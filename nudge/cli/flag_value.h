// What is wrong with a flag's value is said with the flag's name.
#pragma once

#include <string>
#include <utility>

#include "nudge/base/error.h"
#include "nudge/graph/model.h"

namespace nudge::cli {

// Throws wrong usage: CLI::ValidationError.
[[noreturn]] void wrong_value(const std::string& flag, const std::string& what);

// What `read` makes of the value; a ValueError is wrong usage of the flag.
template <typename Read>
auto value_of_flag(const std::string& flag, Read&& read) {
  try {
    return std::forward<Read>(read)();
  } catch (const ValueError& error) {
    wrong_value(flag, error.what());
  }
}

// Throws ValueError where the flag's value is no regular expression or the whole name of no layer matches it,
// also of those in nested models.
void check_layers(const std::string& flag, const std::string& expression, const Model& model);

}  // namespace nudge::cli
