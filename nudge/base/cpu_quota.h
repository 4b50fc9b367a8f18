// How much processor time a control group leaves this process: containers have all processors, but few of
// their cycles.
#pragma once

#include <optional>
#include <string>

namespace nudge {

// Processors' worth of time a second, 1.5 say: the least that the process's control group and those above it
// grant; nothing where nobody limits it.  `root` is where the files /proc/self/cgroup and /sys/fs/cgroup are
// looked for.
std::optional<double> cpu_quota(const std::string& root = "");

}  // namespace nudge
