#include <dlfcn.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <string>
#include <vector>

#include "nudge/base/error.h"
#include "nudge/plan/fallback.h"

namespace nudge::plan {
namespace {

constexpr const char* kFileName = "libnudge_torch.so";

std::vector<std::string> candidates() {
  if (const char* named = std::getenv("NUDGE_TORCH"); named != nullptr && *named != '\0') return {named};
  // The shared library that holds this function, then the program; wherever they were moved to.  A program
  // that holds it itself goes by what it was called as, which may be no path.
  std::vector<std::filesystem::path> files;
  std::error_code error;
  Dl_info here{};
  if (dladdr(reinterpret_cast<const void*>(&candidates), &here) != 0 && here.dli_fname != nullptr &&
      std::filesystem::path(here.dli_fname).is_absolute()) {
    files.push_back(std::filesystem::canonical(here.dli_fname, error));
  }
  files.push_back(std::filesystem::read_symlink("/proc/self/exe", error));
  std::vector<std::string> paths;
  for (const auto& file : files) {
    if (file.empty()) continue;
    for (const char* folder : {".", "../lib", NUDGE_LIBRARIES_FROM_PROGRAMS}) {
      const std::string path = (file.parent_path() / folder / kFileName).lexically_normal();
      if (std::find(paths.begin(), paths.end(), path) == paths.end()) paths.push_back(path);
    }
  }
  return paths;
}

}  // namespace

std::string find_fallback_file(const std::vector<std::string>& candidates) {
  std::string looked;
  for (const std::string& path : candidates) {
    if (access(path.c_str(), R_OK) == 0) return path;
    looked += (looked.empty() ? "" : ", ") + path;
  }
  throw UnsupportedError("has no step of its own and needs the library " + std::string(kFileName) +
                         ", looked for at " + looked + "; build it or set NUDGE_TORCH to its file");
}

const FallbackFactory& load_fallback_factory(const std::string& path) {
  // Never closed: libtorch keeps threads and registries for the life of the process.
  void* library = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (library == nullptr) throw UnsupportedError(path + ": cannot be loaded: " + dlerror());
  auto* entry = reinterpret_cast<FallbackEntry*>(dlsym(library, kFallbackEntryName));
  if (entry == nullptr) {
    throw UnsupportedError(path + ": is not nudge's libtorch library: it has no symbol " +
                           kFallbackEntryName);
  }
  return *entry();
}

const FallbackFactory& fallback_factory() {
  static const FallbackFactory& factory = load_fallback_factory(find_fallback_file(candidates()));
  return factory;
}

}  // namespace nudge::plan
