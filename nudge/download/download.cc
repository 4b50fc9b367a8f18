#include "nudge/download/download.h"

#include <fmt/format.h>

#include <cstdio>
#include <filesystem>

#include "nudge/base/error.h"
#include "nudge/base/file.h"
#include "nudge/download/hash.h"
#include "nudge/download/http.h"
#include "nudge/download/part_file.h"

namespace nudge::download {
namespace {

[[noreturn]] void fail(const std::string& url, const std::string& target, const std::string& why) {
  throw InputError(
      fmt::format("{}: cannot be downloaded: {}; try again, or fetch it by other means and put it at {}", url,
                  why, target));
}

// Fills the part from where it ends; throws when that is not the end of the file.
void fetch(const std::string& url, const std::string& target, const DownloadOptions& options,
           PartFile& part) {
  HttpResult result = http_get(url, options, part);
  if (result.outcome == HttpOutcome::kCannotResume) {
    part.clear();
    result = http_get(url, options, part);
  }
  if (result.outcome == HttpOutcome::kDone) return;
  if (part.size() == 0) part.remove();
  fail(url, target, result.error);
}

}  // namespace

void download(const std::string& url, const std::string& target, const DownloadOptions& options) {
  check_url(url);
  if (std::filesystem::exists(target)) return;
  const std::string folder = std::filesystem::path(target).parent_path().string();
  if (!folder.empty()) make_folder(folder);
  PartFile part(target + ".part");
  // Another process may have been faster.
  if (std::filesystem::exists(target)) return part.remove();
  const bool resumed = part.size() > 0;
  fetch(url, target, options, part);
  if (!options.hash.empty() && !has_hash(part.path(), options.hash) && resumed) {
    // The beginning may be of an older file.
    part.clear();
    fetch(url, target, options, part);
  }
  if (!options.hash.empty() && !has_hash(part.path(), options.hash)) {
    part.remove();
    fail(url, target, "what arrived has another hash than the published " + options.hash);
  }
  part.finish(target);
}

}  // namespace nudge::download
