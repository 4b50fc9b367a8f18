#include "nudge/base/virtual_environment.h"

#include <filesystem>
#include <vector>

namespace nudge {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> environments() {
  std::error_code none;
  std::vector<fs::path> found{fs::current_path(none) / ".venv"};
  for (fs::path folder = fs::read_symlink("/proc/self/exe", none).parent_path(); folder.has_relative_path();
       folder = folder.parent_path()) {
    found.push_back(folder / ".venv");
  }
  return found;
}

// Of a path within an installed package, or nothing.
std::string in_packages_of(const fs::path& environment, const std::string& path) {
  std::error_code none;
  for (const auto& version : fs::directory_iterator(environment / "lib", none)) {
    const fs::path file = version.path() / "site-packages" / path;
    if (fs::exists(file, none)) return file.string();
  }
  return {};
}

}  // namespace

std::string in_virtual_environment(const std::string& path) {
  std::error_code none;
  for (const fs::path& environment : environments()) {
    if (fs::exists(environment / path, none)) return (environment / path).string();
  }
  return {};
}

std::string in_python_packages(const std::string& path) {
  for (const fs::path& environment : environments()) {
    if (std::string file = in_packages_of(environment, path); !file.empty()) return file;
  }
  return {};
}

std::string python_with(const std::string& package) {
  for (const fs::path& environment : environments()) {
    if (!in_packages_of(environment, package).empty()) return (environment / "bin" / "python").string();
  }
  return {};
}

}  // namespace nudge
