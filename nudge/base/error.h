// The typed errors that the library throws.  The library never aborts, prints or exits.
//
// Every message is one line that says what is wrong, where (a file, layer or flag), and what to do.
#pragma once

#include <stdexcept>
#include <string>

namespace nudge {

// The family; the command line prints what() as one line and exits with 1.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

// A file, folder or data set that is missing, unreadable, malformed or truncated.
class InputError : public Error {
 public:
  using Error::Error;
};

// An output that cannot be written.
class OutputError : public Error {
 public:
  using Error::Error;
};

// Shapes that do not fit a layer; names the layer, the expected and the given shape.
class ShapeError : public Error {
 public:
  using Error::Error;
};

// An option or argument outside what it may be.
class ValueError : public Error {
 public:
  using Error::Error;
};

// A layer, operator, format version or backend that is known not to be supported.
class UnsupportedError : public Error {
 public:
  using Error::Error;
};

// Training that cannot go on: a loss or weight that is not finite.
class NumericError : public Error {
 public:
  using Error::Error;
};

// A file of the system could not be opened: "PATH: cannot be read: No such file or directory".
[[noreturn]] void throw_input_errno(const std::string& path, const std::string& what);
[[noreturn]] void throw_output_errno(const std::string& path, const std::string& what);

}  // namespace nudge
