#include "nudge/tflite/stderr_capture.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdio>
#include <sstream>
#include <string_view>

#include "nudge/base/child_service.h"

namespace nudge::tflite {

namespace {

constexpr std::string_view kError = "ERROR: ";

bool is_of_runtime(std::string_view line) {
  for (const std::string_view start : {std::string_view("INFO: "), std::string_view("WARNING: "), kError}) {
    if (line.substr(0, start.size()) == start) return true;
  }
  return line.empty();
}

// What follows the first "ERROR: ".
std::string first_error_of(const std::string& text) {
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, kError.size(), kError) == 0) return line.substr(kError.size());
  }
  return {};
}

// Whether a file is what a capture, or a ChildService, has put in the place of standard error.
bool is_hidden(int file) {
  std::array<char, 64> target{};
  const ssize_t got =
      ::readlink(("/proc/self/fd/" + std::to_string(file)).c_str(), target.data(), target.size());
  return got > 0 && std::string_view(target.data(), static_cast<size_t>(got)).find(kHiddenStderr) !=
                        std::string_view::npos;
}

std::mutex& capture_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

std::string telling_line(const std::string& text) {
  std::string telling = first_error_of(text);
  if (!telling.empty()) return telling;
  std::istringstream lines(text);
  for (std::string line; std::getline(lines, line);) {
    if (!is_of_runtime(line)) telling = line;
  }
  return telling;
}

StderrCapture::StderrCapture() : lock_(capture_mutex()) {
  std::fflush(stderr);
  if (is_hidden(STDERR_FILENO)) {
    file_ = ::dup(STDERR_FILENO);
    start_ = std::max<off_t>(::lseek(file_, 0, SEEK_END), 0);
    return;
  }
  file_ = ::memfd_create(kHiddenStderr, MFD_CLOEXEC);
  if (file_ < 0) return;
  stderr_ = ::dup(STDERR_FILENO);
  if (stderr_ >= 0) ::dup2(file_, STDERR_FILENO);
}

StderrCapture::~StderrCapture() {
  if (stderr_ >= 0) {
    std::istringstream lines(text());
    ::dup2(stderr_, STDERR_FILENO);
    ::close(stderr_);
    for (std::string line; std::getline(lines, line);) {
      if (!is_of_runtime(line)) std::fprintf(stderr, "%s\n", line.c_str());
    }
  }
  if (file_ >= 0) ::close(file_);
}

std::string StderrCapture::text() const {
  std::fflush(stderr);
  std::string text;
  std::array<char, 4096> part{};
  ssize_t got = 0;
  while (file_ >= 0 &&
         (got = ::pread(file_, part.data(), part.size(), start_ + static_cast<off_t>(text.size()))) > 0) {
    text.append(part.data(), static_cast<size_t>(got));
  }
  return text;
}

std::string StderrCapture::first_error() const { return first_error_of(text()); }

}  // namespace nudge::tflite
