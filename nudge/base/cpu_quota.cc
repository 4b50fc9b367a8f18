#include "nudge/base/cpu_quota.h"

#include <algorithm>
#include <fstream>
#include <sstream>
#include <vector>

namespace nudge {
namespace {

// What stands in a file of one line, word by word; empty where there is no such file.
std::vector<std::string> words_of(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> words;
  for (std::string word; words.size() < 2 && file >> word;) words.push_back(word.substr(0, 32));
  return words;
}

std::optional<double> share(const std::string& quota, const std::string& period) {
  char* end = nullptr;
  const double time = std::strtod(quota.c_str(), &end);
  if (end == quota.c_str()) return std::nullopt;  // "max"
  const double every = std::strtod(period.c_str(), nullptr);
  // Version 1 says -1 for no limit.
  if (!(time > 0.0) || !(every > 0.0)) return std::nullopt;
  return time / every;
}

std::optional<double> share_of_group(const std::string& folder, bool unified) {
  if (unified) {
    const auto words = words_of(folder + "/cpu.max");
    return words.size() == 2 ? share(words[0], words[1]) : std::nullopt;
  }
  const auto quota = words_of(folder + "/cpu.cfs_quota_us"), period = words_of(folder + "/cpu.cfs_period_us");
  return quota.empty() || period.empty() ? std::nullopt : share(quota[0], period[0]);
}

// Whether the comma-separated controllers have the processor's among them.
bool lists_cpu(const std::string& controllers) {
  std::istringstream list(controllers);
  for (std::string name; std::getline(list, name, ',');) {
    if (name == "cpu") return true;
  }
  return false;
}

}  // namespace

std::optional<double> cpu_quota(const std::string& root) {
  std::optional<double> least;
  std::ifstream groups(root + "/proc/self/cgroup");
  // "0::/group" of version 2, "4:cpu,cpuacct:/group" of version 1.
  for (std::string line; std::getline(groups, line);) {
    const size_t first = line.find(':');
    const size_t second = first == std::string::npos ? first : line.find(':', first + 1);
    if (second == std::string::npos) continue;
    const std::string controllers = line.substr(first + 1, second - first - 1);
    const bool unified = controllers.empty();
    if (!unified && !lists_cpu(controllers)) continue;
    const std::string mount = root + "/sys/fs/cgroup" + (unified ? "" : "/cpu");
    // A container often sees its own group as the root.
    for (std::string group = line.substr(second + 1);; group.resize(group.rfind('/'))) {
      if (group == "/") group.clear();
      if (const auto granted = share_of_group(mount + group, unified)) {
        least = std::min(least.value_or(*granted), *granted);
      }
      if (group.rfind('/') == std::string::npos) break;
    }
  }
  return least;
}

}  // namespace nudge
