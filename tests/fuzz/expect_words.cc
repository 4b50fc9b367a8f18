#include "tests/fuzz/expect_words.h"

#include <algorithm>
#include <array>
#include <string>

#include "nudge/base/error.h"
#include "nudge/base/excerpt.h"

namespace nudge::fuzz {
namespace {

// Of the command line's output, where long words lose their middle.
constexpr size_t kLongest = 1200;
constexpr std::array kLibraryWords{"json.exception", "vector::",     "basic_string", "map::at",
                                   "std::",          "_M_",          "bad_alloc",    "invalid stoi",
                                   "stoi",           "out_of_range", "bad optional", "bad_variant"};

void check_words(const std::string& message) {
  if (message.empty()) throw BadWords("an error without a message");
  const std::string line = one_line(message);
  if (line.size() > kLongest) throw BadWords("an endless message: " + line.substr(0, kLongest));
  // What is quoted are the file's own words.
  const size_t quote = line.find('\''), end = line.rfind('\'');
  const std::string own =
      quote == std::string::npos ? line : line.substr(0, quote) + line.substr(std::min(end + 1, line.size()));
  for (const char* words : kLibraryWords) {
    if (own.find(words) != std::string::npos) throw BadWords("a library's words: " + line);
  }
}

}  // namespace

void expect_words(const std::function<void()>& read) {
  try {
    read();
  } catch (const Error& error) {
    check_words(error.what());
  }
}

}  // namespace nudge::fuzz
