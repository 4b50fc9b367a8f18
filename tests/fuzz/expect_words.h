// What an error must be like, whatever was read.
#pragma once

#include <functional>
#include <stdexcept>

namespace nudge::fuzz {

// An error whose message is not for people: several lines, endless, or in the words of a library.
class BadWords : public std::logic_error {
 public:
  using std::logic_error::logic_error;
};

// Runs `read`.  Of an Error only the message is looked at, and BadWords thrown where it is not for people;
// any other exception goes on.
void expect_words(const std::function<void()>& read);

}  // namespace nudge::fuzz
