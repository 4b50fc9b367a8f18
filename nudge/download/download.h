// A file from the web into its place: whole and verified, or not there.
#pragma once

#include <cstdint>
#include <functional>
#include <string>

namespace nudge::download {

// Called now and then with the bytes that are there and the whole number, 0 where that is not known.
using Progress = std::function<void(int64_t done, int64_t total)>;

struct DownloadOptions {
  std::string hash;                      // MD5 or SHA-256 in hexadecimal digits; empty: not verified
  int64_t max_bytes = int64_t{4} << 30;  // a longer file is refused
  int stall_seconds = 30;                // given up when (almost) nothing arrives for so long
  Progress progress;
};

// Fetches `url` into the file `target`, whose folder is made.  Does nothing when the file is there.
//
// What arrives stands in TARGET.part, where the next call goes on after a broken download; it gets its name
// when it is whole and has its hash.  Of several processes that fetch one file, one does and the others wait.
// https alone is spoken, also after a redirect; http only with this machine (127.0.0.1, localhost).
//
// Throws InputError with the cause and which file to put where by hand, OutputError when the target cannot be
// written, ValueError on another kind of URL.
void download(const std::string& url, const std::string& target, const DownloadOptions& options = {});

}  // namespace nudge::download
