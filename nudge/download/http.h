// One request over HTTP, through libcurl.
#pragma once

#include <string>

#include "nudge/download/download.h"
#include "nudge/download/part_file.h"

namespace nudge::download {

enum class HttpOutcome {
  kDone,          // the part is the whole file
  kCannotResume,  // the server does not go on from where the part ends
  kFailed,
};

struct HttpResult {
  HttpOutcome outcome = HttpOutcome::kFailed;
  std::string error;  // of a failure: why, in a few words
};

// Throws ValueError unless `url` is https, or http with this machine.
void check_url(const std::string& url);

// Appends what follows the part's end.  What the progress or the part throws is passed on.
HttpResult http_get(const std::string& url, const DownloadOptions& options, PartFile& part);

}  // namespace nudge::download
