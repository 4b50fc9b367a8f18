#include "nudge/base/error.h"

#include <cerrno>
#include <cstring>

namespace nudge {

void throw_input_errno(const std::string& path, const std::string& what) {
  const int code = errno;
  throw InputError(path + ": " + what + ": " + std::strerror(code));
}

void throw_output_errno(const std::string& path, const std::string& what) {
  const int code = errno;
  throw OutputError(path + ": " + what + ": " + std::strerror(code));
}

}  // namespace nudge
