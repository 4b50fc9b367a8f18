#include "nudge/cli/download_progress.h"

#include <fmt/format.h>
#include <unistd.h>

#include "nudge/base/log.h"

namespace nudge::cli {
namespace {

std::string megabytes(int64_t bytes) {
  constexpr double kMegabyte = 1e6;
  return fmt::format("{:.1f}", static_cast<double>(bytes) / kMegabyte);
}

}  // namespace

DownloadProgress::DownloadProgress(std::FILE* out, std::string what)
    : out_(out),
      what_(std::move(what)),
      silent_(log_level() > LogLevel::kInfo),
      terminal_(::isatty(::fileno(out)) != 0) {}

void DownloadProgress::operator()(int64_t done, int64_t total) {
  // Before the server has answered, nothing is known.
  if (silent_ || total == 0) return;
  if (!begun_) {
    begun_ = true;
    fmt::print(out_, "downloading {} ({} MB)\n", what_, megabytes(total));
  }
  const auto now = std::chrono::steady_clock::now();
  if (terminal_ && (done == total || now - drawn_ >= kRedraw)) {
    drawn_ = now;
    // The line makes way for what comes next.
    const std::string line =
        done == total ? "" : fmt::format("{} of {} MB", megabytes(done), megabytes(total));
    fmt::print(out_, "\r\033[K{}", line);
  }
  std::fflush(out_);
}

}  // namespace nudge::cli
