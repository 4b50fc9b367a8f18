// Keras's cache of downloads, so that what Keras fetched is found and what nudge fetches, Keras finds.
#pragma once

#include <string>

#include "nudge/download/download.h"

namespace nudge::download {

// The environment's KERAS_HOME, else ~/.keras.  Throws InputError where neither is known.
std::string keras_home();

// The path of `name` in a folder of the cache ("models", "datasets"), downloaded unless it is there.
std::string cached_file(const std::string& folder, const std::string& name, const std::string& url,
                        const DownloadOptions& options = {});

}  // namespace nudge::download
