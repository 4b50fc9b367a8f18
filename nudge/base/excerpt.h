// Texts from outside as part of a message, which stays one line that can be read.
#pragma once

#include <string>

namespace nudge {

// Its first 60 characters, and three dots where there are more.  Control characters, of which a zero would
// end the whole message, become spaces.
std::string excerpt(const std::string& text);
// The same between single quotes.
std::string in_quotes(const std::string& text);

// A whole message as one line: control characters become spaces, and of words of over 300 characters (which
// are longer than most paths) the middle becomes three dots.
std::string one_line(const std::string& message);

}  // namespace nudge
