#include "nudge/tflite/stderr_capture.h"

#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <cstdio>
#include <sstream>
#include <string_view>

namespace nudge::tflite {

namespace {

constexpr std::string_view kError = "ERROR: ";

bool is_of_runtime(std::string_view line) {
  for (const std::string_view start : {std::string_view("INFO: "), std::string_view("WARNING: "), kError}) {
    if (line.substr(0, start.size()) == start) return true;
  }
  return line.empty();
}

std::mutex& capture_mutex() {
  static std::mutex mutex;
  return mutex;
}

}  // namespace

StderrCapture::StderrCapture() : lock_(capture_mutex()) {
  std::fflush(stderr);
  file_ = ::memfd_create("nudge-stderr", MFD_CLOEXEC);
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
         (got = ::pread(file_, part.data(), part.size(), static_cast<off_t>(text.size()))) > 0) {
    text.append(part.data(), static_cast<size_t>(got));
  }
  return text;
}

std::string StderrCapture::first_error() const {
  std::istringstream lines(text());
  for (std::string line; std::getline(lines, line);) {
    if (line.compare(0, kError.size(), kError) == 0) return line.substr(kError.size());
  }
  return {};
}

}  // namespace nudge::tflite
