#include "nudge/cli/data_source.h"

#include "nudge/cli/download_progress.h"

namespace nudge::cli {

std::shared_ptr<const data::Source> open_data(const std::string& spec) {
  return data::open_source(spec, DownloadProgress(stderr, spec));
}

}  // namespace nudge::cli
