#include "nudge/download/keras_cache.h"

#include <cstdlib>

#include "nudge/base/error.h"

namespace nudge::download {
namespace {

std::string environment(const char* name) {
  const char* value = std::getenv(name);  // NOLINT(concurrency-mt-unsafe): nothing here sets it
  return value == nullptr ? "" : value;
}

}  // namespace

std::string keras_home() {
  if (std::string home = environment("KERAS_HOME"); !home.empty()) return home;
  const std::string user = environment("HOME");
  if (user.empty()) throw InputError("Keras's cache is not known: set KERAS_HOME to its folder");
  return user + "/.keras";
}

std::string cached_file(const std::string& folder, const std::string& name, const std::string& url,
                        const DownloadOptions& options) {
  std::string path = keras_home() + "/" + folder + "/" + name;
  download(url, path, options);
  return path;
}

}  // namespace nudge::download
