// How far a download is, for the person at the terminal.
#pragma once

#include <chrono>
#include <cstdint>
#include <cstdio>
#include <string>

namespace nudge::cli {

// How often a line that a terminal shows is drawn again.
inline constexpr auto kRedraw = std::chrono::milliseconds(100);

// A download::Progress: one line when it begins, and on a terminal one that redraws itself.  Silent where
// informative messages are.
class DownloadProgress {
 public:
  // `what` is downloaded.
  DownloadProgress(std::FILE* out, std::string what);
  void operator()(int64_t done, int64_t total);

 private:
  std::FILE* out_;
  std::string what_;
  bool silent_;
  bool terminal_;
  bool begun_ = false;
  std::chrono::steady_clock::time_point drawn_;
};

}  // namespace nudge::cli
