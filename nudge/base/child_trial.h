// What may crash, loop or take all memory is done in a child process first.
#pragma once

#include <cstdint>
#include <functional>

namespace nudge {

struct TrialLimits {
  uint64_t memory_bytes = uint64_t{256} << 20;  // beyond what this process has
  unsigned seconds = 1;                         // of processor time
};

enum class TrialEnd { kDone, kCrashed, kOutOfTime };

// Runs `work` in a copy of this process and says how that ended: crashed is ended by any other signal, out of
// memory included.  An exception counts as done, and what `work` changes stays in the copy.  It must not wait
// for other threads of this process, which the copy lacks.  Throws OutputError when no process can be
// started.
TrialEnd try_in_child(const std::function<void()>& work, const TrialLimits& limits);

}  // namespace nudge
